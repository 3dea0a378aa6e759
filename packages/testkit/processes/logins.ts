/** A process of a test logs in as it would where it is deployed: as itself, and it may no more than that. */
import type { Login } from '@inventory/db/roles.ts';
import { asLogin } from '@inventory/db/testing/database.ts';
import { TESTER, testPassword } from '../../../scripts/lib/servers/test-users.mjs';

type Env = Readonly<Record<string, string>>;

/** The environment with the logins of a process wherever a URL is that of the test itself. Other URLs stay as they are. */
export function asProcess(process: 'api' | 'relay' | 'projector', env: Env): Env {
  const { DATABASE_URL: database, REDIS_URL: redis, NATS_URL: nats } = env;
  return {
    ...env,
    ...(database === undefined ? {} : { DATABASE_URL: asLogin(database, process satisfies Login) }),
    ...(redis === undefined ? {} : { REDIS_URL: asUser(redis, process) }),
    ...(nats === undefined ? {} : { NATS_URL: asUser(nats, process) }),
  };
}

/** The URL of a Redis or NATS of tests as a user of it has it. A list of them has commas. Other URLs stay as they are. */
export function asUser(url: string, user: 'api' | 'relay' | 'projector' | 'analytics'): string {
  return url.split(',').map((part) => part.replace(`//${TESTER}:${testPassword(TESTER)}@`, `//${user}:${testPassword(user)}@`)).join(',');
}
