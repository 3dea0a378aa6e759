/**
 * Connections to Postgres that cannot hang for ever or spoil the pool. Each setting answers a trap that was met: a server
 * that is stopped and not dead answers nothing, so the client has time-outs of its own; a connection whose query timed out
 * is never used again; an error on an idle or a checked-out connection does not end the process.
 */
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { isConnectionLost } from './sqlstate.ts';
import type { Tables } from './tables.ts';

export interface ConnectionOptions {
  readonly url: string;
  /** The name that pg_stat_activity shows. */
  readonly applicationName: string;
}

interface PoolOptions extends ConnectionOptions {
  readonly max: number;
  readonly maxLifetimeSeconds: number;
  /** Told of every connection that failed while it was idle. */
  readonly onIdleError: (error: Error) => void;
  /** Told how long each taker waited until it had a connection, or failed to get one, in seconds. */
  readonly onWait?: (seconds: number) => void;
  /** How long a statement may take, in ms, in place of what clientConfig says. */
  readonly queryTimeoutMs?: number;
}

export type Database = Kysely<Tables>;

const INT8_OID = 20;

/** int8 as a number, because strings would sort 10 before 9. @throws {RangeError} beyond 2^53 */
function parseInt8(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`int8 out of range: ${text}`);
  return value;
}

/** A private copy of pg's type parsers: other users of pg in the process are not affected. */
function typeParsers(): pg.CustomTypesConfig {
  const types = new pg.TypeOverrides();
  types.setTypeParser(INT8_OID, parseInt8);
  return types;
}

/** The settings of every connection (docs/traps.md, 5). Times in ms. */
export function clientConfig(options: ConnectionOptions): pg.ClientConfig {
  return {
    connectionString: options.url,
    application_name: options.applicationName,
    connectionTimeoutMillis: 1000,
    query_timeout: 4000,
    statement_timeout: 3000,
    lock_timeout: 1000,
    idle_in_transaction_session_timeout: 5000,
    keepAlive: true,
    // By default the kernel tells a connection that only listens after two hours that its peer is gone. With a delay
    // Node asks every second, ten times.
    keepAliveInitialDelayMillis: 10_000,
    types: typeParsers(),
  };
}

/**
 * Sends all statements that `send` issues on a connection in pipeline mode in one piece. pg writes each statement alone,
 * with a system call and a wake-up of the server for each.
 */
export function sendTogether<T>({ connection: { stream } }: pg.Client, send: () => T): T {
  stream.cork();
  try {
    return send();
  } finally {
    stream.uncork();
  }
}

/** How long a server may take to close its side. */
const GOODBYE_MS = 500;

/**
 * Ends a connection in good order, and within half a second in any case: pg waits for the server to close its side, and a
 * frozen one never does. Never throws. Safe to call again.
 */
export async function endConnection(client: pg.Client): Promise<void> {
  const impatient = setTimeout(() => client.connection.stream.destroy(), GOODBYE_MS);
  try {
    await client.end();
  } catch {
    // The connection is gone, as it is meant to be.
  } finally {
    clearTimeout(impatient);
  }
}

/**
 * Kysely releases a client whose query timed out as if it were well, and the next user hangs on it (docs/traps.md, 3). The
 * pool discards a client that was ended, so a client that loses its connection ends itself.
 */
function endWhenLost(client: pg.Client): void {
  client.query = new Proxy(client.query, {
    apply(query, self, args) {
      const result: unknown = Reflect.apply(query, self, args);
      if (result instanceof Promise) {
        result.catch((error: unknown) => {
          if (error instanceof Error && isConnectionLost(error)) void endConnection(client);
        });
      }
      return result;
    },
  });
}

function reportWaits(pool: pg.Pool, onWait: (seconds: number) => void): void {
  pool.connect = new Proxy(pool.connect, {
    apply(connect, self, args) {
      const asked = performance.now();
      const report = (): void => { onWait((performance.now() - asked) / 1000); };
      const result: unknown = Reflect.apply(connect, self, args);
      if (result instanceof Promise) result.then(report, report);
      return result;
    },
  });
}

/** A pool of safe connections. The caller ends it. */
export function createPool(options: PoolOptions): pg.Pool {
  const { queryTimeoutMs } = options;
  const pool = new pg.Pool({
    ...clientConfig(options),
    ...(queryTimeoutMs === undefined ? {} : { query_timeout: queryTimeoutMs, statement_timeout: queryTimeoutMs }),
    max: options.max,
    maxLifetimeSeconds: options.maxLifetimeSeconds,
    idleTimeoutMillis: 30_000,
  });
  pool.on('error', options.onIdleError);
  // A backend that dies under a checked-out client raises 'error' on the client (docs/traps.md, 4). The running query
  // reports it to its caller, so nothing is to be done here.
  pool.on('connect', (client) => {
    client.on('error', () => undefined);
    if (client instanceof pg.Client) endWhenLost(client);
  });
  if (options.onWait !== undefined) reportWaits(pool, options.onWait);
  return pool;
}

/** Kysely over the pool. Destroying it ends the pool. */
export function createDatabase(pool: pg.Pool): Database {
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
}

const COMMAND_QUERY_TIMEOUT_MS = 600_000;

/** Postgres for a command: a person waits for it, so a statement may take ten minutes. The caller destroys it. */
export function openDatabase(options: ConnectionOptions): Database {
  return createDatabase(createPool({
    ...options, max: 4, maxLifetimeSeconds: 300, queryTimeoutMs: COMMAND_QUERY_TIMEOUT_MS, onIdleError: () => undefined,
  }));
}
