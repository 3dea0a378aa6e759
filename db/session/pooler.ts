/**
 * A pooler between us and Postgres. In session mode it is harmless. In transaction or statement mode it gives the session
 * to somebody else between two statements: settings, locks, LISTEN and prepared statements are another one's then. While
 * nothing else goes on it gives back the same session each time, and looks harmless; so it is put under load on purpose.
 */
import pg from 'pg';
import type { ConnectionOptions } from './connection.ts';
import { clientConfig, endConnection } from './connection.ts';
import { SessionRefused } from './refused.ts';

/** A pooler makes up the process that it tells its client of: a cancel request goes to the pooler. */
export function isPooled(client: pg.Client, { pid }: { readonly pid: number }): boolean {
  return 'processID' in client && client.processID !== pid;
}

/**
 * Keeps another connection in a transaction, which a pooler gives the session to that was used last, and looks whether ours
 * is still the same.
 * @throws {SessionRefused} when it is not, or when the pooler refuses the transaction
 */
export async function insistOnOneSession(options: ConnectionOptions, isSame: () => Promise<boolean>): Promise<void> {
  const other = new pg.Client(clientConfig(options));
  other.on('error', () => undefined);
  try {
    await other.connect();
    await other.query('BEGIN ISOLATION LEVEL READ COMMITTED').catch((cause: unknown) => {
      throw refused('a pooler refuses transactions', cause);
    });
    const same = await isSame().catch((cause: unknown) => { throw refused('a pooler takes the session away', cause); });
    if (!same) throw refused('a pooler gives each transaction another session');
  } finally {
    await endConnection(other);
  }
}

function refused(what: string, cause?: unknown): SessionRefused {
  return new SessionRefused('pooler', `${what}: use session pooling, or connect to PostgreSQL itself`, { cause });
}
