/** The database of a process, from its configuration to its end. */
import type pg from 'pg';
import { createDatabase, createPool } from './pool.ts';
import type { Database } from './pool.ts';
import { waitForSchema } from './schema-version.ts';

/** What of a process's context is needed: that of packages/runtime fits. */
interface DatabaseContext {
  readonly config: {
    readonly DATABASE_URL: string;
    readonly PG_POOL_MAX: number;
    readonly PG_CONNECTION_LIFETIME_SECONDS: number;
  };
  readonly log: { warn(message: string, fields: { readonly detail: string } | { readonly error: Error }): void };
  readonly metrics: { readonly poolWait: { observe(seconds: number): void } };
  readonly readiness: Parameters<typeof waitForSchema>[0]['readiness'];
  readonly signal: AbortSignal;
  readonly parts: { add(part: { readonly name: string; stop(): Promise<void> }): void };
}

/**
 * Opens the pool, which stops with the process, and waits until the schema is as new as this release.
 * @throws {Error} an AbortError, when the process is to stop meanwhile
 */
export async function startDatabase(
  { config, log, metrics, readiness, signal, parts }: DatabaseContext,
  { applicationName, onConnect }: {
    readonly applicationName: string;
    /** Told of each new connection, before it is used. */
    readonly onConnect?: (client: pg.PoolClient) => void;
  },
): Promise<Database> {
  const pool = createPool({
    url: config.DATABASE_URL, applicationName, max: config.PG_POOL_MAX,
    maxLifetimeSeconds: config.PG_CONNECTION_LIFETIME_SECONDS,
    onIdleError: (error) => { log.warn('an idle connection to postgres was lost', { error }); },
    onWait: (seconds) => { metrics.poolWait.observe(seconds); },
  });
  if (onConnect !== undefined) pool.on('connect', onConnect);
  const db = createDatabase(pool);
  parts.add({ name: 'postgres', stop: () => db.destroy() });
  await waitForSchema({ db, log, readiness, signal });
  return db;
}
