/** A connection to Postgres: how it is made and how it is ended. What it does first is in session.ts. */
import pg from 'pg';
import type { SessionRefused } from './refused.ts';
import { connectionStringOf } from './target.ts';

export interface ConnectionOptions {
  readonly url: string;
  /** The name that pg_stat_activity shows, and that standbys look for before they end a session. */
  readonly applicationName: string;
  /** `off` where a managed server refuses to say which one it is; a promoted standby is not noticed then. */
  readonly identity?: Identity;
  /** Told of every session that was opened, or refused. */
  readonly observe?: SessionObserver;
}

export type Identity = 'on' | 'off';

export interface SessionObserver {
  /** `known`: the server is the one that the log is known to be on, or nobody asks. */
  opened(known: boolean): void;
  refused(refusal: SessionRefused): void;
}

/** How long things may take in a session, in ms; 0 for ever. */
export interface SessionLimits {
  readonly statementMs: number;
  readonly lockMs: number;
  readonly idleInTransactionMs: number;
}

/** The limits of a process (docs/traps.md, 5). The client's own time-out is a second longer, so the server speaks first. */
export const LIMITS: SessionLimits = { statementMs: 3000, lockMs: 1000, idleInTransactionMs: 5000 };
const QUERY_TIMEOUT_MS = 4000;

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

/**
 * How a client of pg reaches the server, and how long it waits for an answer. Nothing is asked of the server here: a pooler
 * may refuse or drop what comes with the start of a connection.
 */
export function clientConfig({ url, applicationName }: ConnectionOptions): pg.ClientConfig {
  return {
    connectionString: connectionStringOf(url),
    application_name: applicationName,
    client_encoding: 'UTF8',
    connectionTimeoutMillis: 1000,
    query_timeout: QUERY_TIMEOUT_MS,
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
