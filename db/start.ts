/** The database of a process, from its configuration to its end. */
import type pg from 'pg';
import { createDatabase, createPool } from './pool.ts';
import type { Database } from './pool.ts';
import { waitForSchema } from './schema-version.ts';
import { endConnection } from './session/connection.ts';
import type { ConnectionOptions, Identity } from './session/connection.ts';
import { openClient } from './session/open.ts';
import { watchSessions } from './session/watch.ts';
import type { WatchDeps } from './session/watch.ts';

/** What of a process's context is needed: that of packages/runtime fits. */
interface DatabaseContext {
  readonly config: {
    readonly DATABASE_URL: string;
    readonly POSTGRES_IDENTITY: Identity;
    readonly PG_POOL_MAX: number;
    readonly PG_CONNECTION_LIFETIME_SECONDS: number;
  };
  readonly log: { warn(message: string, fields: { readonly detail: string } | { readonly error: Error }): void };
  readonly metrics: WatchDeps['metrics'] & { readonly poolWait: { observe(seconds: number): void } };
  readonly readiness: Parameters<typeof waitForSchema>[0]['readiness'];
  readonly signal: AbortSignal;
  readonly parts: { add(part: { readonly name: string; stop(): Promise<void> }): void };
}

interface StartedDatabase {
  readonly db: Database;
  /** For connections of one's own: they are counted in `reserved`. */
  readonly connection: ConnectionOptions;
}

/**
 * Opens the pool, which stops with the process, and waits until the schema is as new as this release. PG_POOL_MAX bounds all
 * connections of the process; `reserved` of them are not the pool's: lanes, listeners, the leader's lock.
 * @throws {Error} an AbortError, when the process is to stop meanwhile
 */
export async function startDatabase(
  { config, log, metrics, readiness, signal, parts }: DatabaseContext,
  { applicationName, reserved, onOpen }: {
    readonly applicationName: string;
    readonly reserved: number;
    /** Told of each new connection of the pool, before it is used. */
    readonly onOpen?: (client: pg.PoolClient) => void;
  },
): Promise<StartedDatabase> {
  const way = { url: config.DATABASE_URL, applicationName, identity: config.POSTGRES_IDENTITY };
  const sessions = watchSessions({ log, metrics, readiness }, async (observe) => endConnection(await openClient({ ...way, observe })));
  parts.add({ name: 'sessions', stop: () => sessions.stop() });
  const connection: ConnectionOptions = { ...way, observe: sessions.observe };
  const pool = createPool({
    ...connection, max: config.PG_POOL_MAX - reserved,
    maxLifetimeSeconds: config.PG_CONNECTION_LIFETIME_SECONDS,
    onIdleError: (error) => { log.warn('an idle connection to postgres was lost', { error }); },
    onWait: (seconds) => { metrics.poolWait.observe(seconds); },
    ...(onOpen === undefined ? {} : { onOpen }),
  });
  const db = createDatabase(pool);
  parts.add({ name: 'postgres', stop: () => db.destroy() });
  await waitForSchema({ db, log, readiness, signal });
  return { db, connection };
}
