/**
 * A PostgreSQL that follows another one by streaming replication, and the programs of PostgreSQL that a drill needs. A
 * standby is a base backup of its primary, so it has the primary's superuser, password and databases.
 */
import { execFile } from 'node:child_process';
import { chownSync, copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { findBinaries } from '../../../scripts/lib/servers/binaries.mjs';
import { placeFor, preparePlace, serverUser } from '../../../scripts/lib/servers/postgres.mjs';
import * as servers from '../../../scripts/lib/servers/servers.mjs';
import { startService } from './services.ts';
import type { Service } from './service.ts';

const run = promisify(execFile);
const TOOL_MS = 120_000;
/**
 * A standby without its primary sleeps between two attempts to reach it, and hears a request for promotion only then:
 * up to 5 s by default [1 of 12 promotions].
 */
const RETRY_SETTING = 'wal_retrieve_retry_interval=100ms';

/** Why this machine cannot have a standby, in words for a title; empty where it can. */
export function noStandby(): string {
  const bin = binFolder();
  if (bin === undefined) return 'this machine has no PostgreSQL of its own';
  const missing = ['pg_basebackup', 'pg_ctl'].filter((name) => !existsSync(join(bin, name)));
  return missing.length === 0 ? '' : `the PostgreSQL of this machine comes without ${missing.join(' and ')}`;
}

/**
 * Starts a hot standby of `primary`, which it reaches on `port`: a proxy's, so that replication can be held up. Its
 * folder is made in `parent`.
 * @throws {Error} what pg_basebackup says, or the server while it starts
 */
export function startStandby(
  primary: Service, { port, settings = [], parent }: {
    readonly port: number; readonly settings?: readonly string[]; readonly parent?: string;
  },
): Promise<Service> {
  const { password } = new URL(primary.url);
  return startService('standby', async (dir, where) => {
    const user = serverUser();
    const place = placeFor(dir, user);
    const data = join(place, 'data');
    if (!existsSync(data)) {
      preparePlace(place, user);
      mkdirSync(data, { mode: 0o700 });
      if (user !== undefined) chownSync(data, user.uid, user.gid);
      // --write-recovery-conf notes the way to the primary, with its password, and that this is a standby.
      await runTool('pg_basebackup', [
        '--pgdata', data, '--host', '127.0.0.1', '--port', String(port), '--username', 'postgres', '--no-password',
        '--write-recovery-conf', '--checkpoint=fast', '--wal-method=stream', '--no-sync',
      ], { PGPASSWORD: password });
      // The start takes it as the sign that the cluster is whole.
      copyFileSync(join(primary.local?.dir ?? '', 'password'), join(place, 'password'));
    }
    return servers.startPostgres({ dir, fsync: false, settings: [RETRY_SETTING, ...settings], ...where });
  }, parent);
}

/** Stops a server as a crash of it would, though in good order for the machine: `pg_ctl stop -m immediate`. */
export async function stopImmediately(service: Service): Promise<void> {
  if (service.local === undefined) throw new Error('a server in a container is not stopped by pg_ctl');
  await runTool('pg_ctl', ['stop', '--mode=immediate', '--pgdata', join(service.local.dir, 'data')], {});
}

function binFolder(): string | undefined {
  const { postgres } = findBinaries();
  return postgres === undefined ? undefined : dirname(postgres.path);
}

/** Runs a program that lies beside the server's, as the server's user. */
async function runTool(name: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<void> {
  const bin = binFolder();
  if (bin === undefined) throw new Error('no PostgreSQL on this machine');
  const { postgres } = findBinaries();
  const libraries = postgres?.libraries === undefined ? {} : { LD_LIBRARY_PATH: postgres.libraries };
  const user = serverUser();
  await run(join(bin, name), [...args], {
    cwd: '/', timeout: TOOL_MS, env: { LANG: 'C', ...libraries, ...env },
    ...(user === undefined ? {} : { uid: user.uid, gid: user.gid }),
  });
}
