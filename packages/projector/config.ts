/** The configuration of the projector and its commands. */
import { problemOfDatabaseUrl } from '@inventory/db/session/target.ts';
import { commonShape, defineConfig, processEnv, readConfig, secret, url, urlList } from '@inventory/runtime/config/config.ts';

const redisUrl = () => secret(url(['redis:', 'rediss:'])).meta({
  description: 'Redis, where the availability view is kept',
  examples: ['redis://127.0.0.1:6379'],
});
const natsUrl = () => secret(urlList(['nats:', 'tls:'])).meta({
  description: 'NATS with JetStream, where the events come from; of a cluster, several servers with commas between them',
  examples: ['nats://127.0.0.1:4222'],
});

/** How long an answer of Redis may take. Nobody waits for the projector, but a cycle of sealing has only two seconds. */
export const REDIS_TIMEOUT_MS = 1_000;

/** Of PG_POOL_MAX, those that are not the pool's: the listener. */
export const RESERVED_CONNECTIONS = 1;
const LEAST_CONNECTIONS = RESERVED_CONNECTIONS + 3;

/** What `projector run` reads from the environment. */
export const projectorConfig = defineConfig({
  name: 'projector',
  shape: { ...commonShape(9466, problemOfDatabaseUrl), REDIS_URL: redisUrl(), NATS_URL: natsUrl() },
  rules: [{
    of: ['PG_POOL_MAX'],
    holds: ({ PG_POOL_MAX }) => PG_POOL_MAX >= LEAST_CONNECTIONS,
    problem: `PG_POOL_MAX must be at least ${LEAST_CONNECTIONS}: one connection to listen, one to seal, two for all else`,
  }],
});

/** What its other commands read: they repair and show the view, which needs no broker. */
const commandConfig = defineConfig({
  name: 'projector',
  shape: { ...commonShape(0, problemOfDatabaseUrl), REDIS_URL: redisUrl() },
});

/** The configuration of a command that is no server. @throws {ConfigError} with all problems at once */
export function readCommandConfig() {
  return readConfig(commandConfig, processEnv());
}

type Parsed<S> = S extends { parse(...args: never): infer R } ? Extract<R, { readonly config: unknown }>['config'] : never;
export type ProjectorConfig = Parsed<typeof projectorConfig>;
