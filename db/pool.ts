/**
 * Connections to Postgres that cannot hang for ever or spoil the pool. Each setting answers a trap that was met: a server
 * that is stopped and not dead answers nothing, so the client has time-outs of its own; a connection whose query timed out
 * is never used again; an error on an idle or a checked-out connection does not end the process.
 */
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { asPrepared, prepareNamed } from './prepared.ts';
import { clientConfig, endConnection, LIMITS } from './session/connection.ts';
import type { ConnectionOptions, SessionLimits } from './session/connection.ts';
import { openSession } from './session/session.ts';
import { isConnectionLost, isWrongServer } from './sqlstate.ts';
import type { Tables } from './tables.ts';

interface PoolOptions extends ConnectionOptions {
  readonly max: number;
  readonly maxLifetimeSeconds: number;
  /** Told of every connection that failed while it was idle. */
  readonly onIdleError: (error: Error) => void;
  /** Told of every connection, once its session is open and before it is used. */
  readonly onOpen?: (client: pg.PoolClient) => void;
  /** Told how long each taker waited until it had a connection, or failed to get one, in seconds. */
  readonly onWait?: (seconds: number) => void;
  /** How long a statement may take, in ms, in place of what a process allows. */
  readonly queryTimeoutMs?: number;
  /** The limits of its sessions, in place of those of a process. */
  readonly limits?: SessionLimits;
  /** How long a connection may take to be made, in ms, in place of a second. */
  readonly connectTimeoutMs?: number;
}

export type Database = Kysely<Tables>;

/**
 * Kysely releases a client whose query timed out as if it were well, and the next user hangs on it (docs/traps.md, 3). The
 * pool discards a client that was ended, so a client that loses its connection ends itself.
 */
function endWhenLost(client: pg.Client, onWrongServer: () => void): void {
  client.query = new Proxy(client.query, {
    apply(query, self, args) {
      const result: unknown = Reflect.apply(query, self, asPrepared(args));
      if (result instanceof Promise) {
        result.catch((error: unknown) => {
          if (!(error instanceof Error) || !isConnectionLost(error)) return;
          void endConnection(client);
          if (isWrongServer(error)) onWrongServer();
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

/**
 * An error that proves that a connection leads to the wrong server says the same of all that were made before it: the
 * address leads elsewhere by now. Those that nobody uses are ended at once, the others when they are given back.
 */
function createTurnover(pool: pg.Pool): { watch(client: pg.PoolClient): void; endAll(): void } {
  const open = new Set<pg.PoolClient>();
  const outdated = new WeakSet<pg.PoolClient>();
  pool.on('remove', (client) => { open.delete(client); });
  pool.on('release', (_error, client) => { if (outdated.has(client)) void endConnection(client); });
  return {
    watch(client) { open.add(client); },
    endAll() {
      for (const client of open) outdated.add(client);
      // To take an idle connection and give it back is the pool's own way to look at it again.
      for (let idle = pool.idleCount; idle > 0; idle -= 1) {
        pool.connect().then((client) => { client.release(outdated.has(client)); }, () => undefined);
      }
    },
  };
}

/** A pool of safe connections. The caller ends it. */
export function createPool(options: PoolOptions): pg.Pool {
  const { queryTimeoutMs, connectTimeoutMs, limits = queryTimeoutMs === undefined ? LIMITS : { ...LIMITS, statementMs: queryTimeoutMs } } = options;
  const pool = new pg.Pool({
    ...clientConfig(options),
    ...(queryTimeoutMs === undefined ? {} : { query_timeout: queryTimeoutMs }),
    ...(connectTimeoutMs === undefined ? {} : { connectionTimeoutMillis: connectTimeoutMs }),
    max: options.max,
    maxLifetimeSeconds: options.maxLifetimeSeconds,
    idleTimeoutMillis: 30_000,
    verify: (client, done) => {
      openSession(client, { ...options, limits }).then(() => {
        options.onOpen?.(client);
        done();
      }, (error: unknown) => {
        // Given back with an error, the client would wait for a frozen server to say goodbye.
        void endConnection(client);
        done(error instanceof Error ? error : new Error(String(error)));
      });
    },
  });
  const turnover = createTurnover(pool);
  pool.on('error', options.onIdleError);
  // A backend that dies under a checked-out client raises 'error' on the client (docs/traps.md, 4). The running query
  // reports it to its caller, so nothing is to be done here.
  pool.on('connect', (client) => {
    client.on('error', () => undefined);
    turnover.watch(client);
    endWhenLost(client, turnover.endAll);
  });
  if (options.onWait !== undefined) reportWaits(pool, options.onWait);
  return pool;
}

/** Kysely over the pool. Destroying it ends the pool. */
export function createDatabase(pool: pg.Pool): Database {
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
}

/**
 * Kysely over one connection that the caller holds and ends: every statement goes to that session, one after the other, in the
 * order of the calls.
 */
export function sessionDatabase(client: pg.Client): Database {
  prepareNamed(client);
  let last = Promise.resolve<unknown>(undefined);
  const connect = async () => {
    const before = last;
    const { promise, resolve } = Promise.withResolvers<undefined>();
    last = promise;
    await before;
    return Object.assign(client, { release: () => { resolve(undefined); } });
  };
  return new Kysely<Tables>({
    dialect: new PostgresDialect({ pool: { options: {}, connect, end: () => Promise.resolve() } }),
  });
}

/** The one isolation level of the system, named: no default of a role or a database may bend it. */
export function inTransaction<T>(db: Database, work: (trx: Database) => Promise<T>): Promise<T> {
  return db.transaction().setIsolationLevel('read committed').execute(work);
}

const COMMAND_QUERY_TIMEOUT_MS = 600_000;

/** Postgres for a command: a person waits for it, so a statement may take ten minutes. The caller destroys it. */
export function openDatabase(options: ConnectionOptions): Database {
  return createDatabase(createPool({
    ...options, max: 4, maxLifetimeSeconds: 300, queryTimeoutMs: COMMAND_QUERY_TIMEOUT_MS, onIdleError: () => undefined,
  }));
}
