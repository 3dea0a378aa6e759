/**
 * A pgbouncer between a test and a PostgreSQL, where this machine has one, or `npm test` has fetched Debian's. It has two
 * sessions of the server to give, so that two clients can be in each other's way.
 */
import { closeSync, openSync } from 'node:fs';
import { chmod, chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { freePort } from '../../../scripts/lib/process/ports.mjs';
import { spawnGuarded } from '../../../scripts/lib/process/guard.mjs';
import { findProgram } from '../../../scripts/lib/servers/programs.mjs';
import { serverUser } from '../../../scripts/lib/servers/postgres.mjs';

const PROGRAM = findProgram('pgbouncer');

/** Why this machine cannot have one, in words for a title; empty where it can. */
export function noPgbouncer(): string {
  return PROGRAM === undefined ? 'this machine has no pgbouncer, of Debian\'s package pgbouncer' : '';
}

export interface Pooler {
  readonly url: string;
  readonly stop: () => Promise<void>;
}

/** Starts one in front of the database of `url`. `settings` are lines of its file, such as 'pool_mode = session'. */
export async function startPgbouncer(url: string, settings: readonly string[]): Promise<Pooler> {
  if (PROGRAM === undefined) throw new Error(noPgbouncer());
  const { hostname, port, username, password, pathname } = new URL(url);
  const user = serverUser();
  const dir = await mkdtemp(join(tmpdir(), 'testkit-pgbouncer-'));
  const listen = await freePort();
  await writeFile(join(dir, 'users'), `"${username}" "${password}"\n`);
  await writeFile(join(dir, 'pgbouncer.ini'), [
    '[databases]', `* = host=${hostname} port=${port}`,
    '[pgbouncer]', 'listen_addr = 127.0.0.1', `listen_port = ${listen}`, 'unix_socket_dir =',
    'auth_type = plain', `auth_file = ${join(dir, 'users')}`, 'default_pool_size = 2', 'query_wait_timeout = 1', ...settings, '',
  ].join('\n'));
  await chmod(dir, 0o755);
  if (user !== undefined) await chown(dir, user.uid, user.gid);
  const output = openSync(join(dir, 'log'), 'w');
  const running = await spawnGuarded({
    command: PROGRAM.path, args: [join(dir, 'pgbouncer.ini')], env: PROGRAM.env, cwd: dir, output, ...(user === undefined ? {} : { user }),
  }).finally(() => { closeSync(output); });
  return {
    url: `postgres://${username}:${password}@127.0.0.1:${listen}${pathname}`,
    async stop() {
      await running.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
