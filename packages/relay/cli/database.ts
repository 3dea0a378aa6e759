/** The database of a command of the relay. */
import { openDatabase } from '@inventory/db/pool.ts';
import type { Database } from '@inventory/db/pool.ts';
import { readRelayConfig } from '../config.ts';
import type { RelayConfig } from '../config.ts';

/** How a command reaches its database. */
export function databaseOf({ DATABASE_URL: url, POSTGRES_IDENTITY: identity }: RelayConfig) {
  return { url, identity };
}

/**
 * Does a command's work with the database and sets the exit code that the work returns.
 * @throws {ConfigError} and whatever the work throws
 */
export async function withDatabase(work: (db: Database, config: RelayConfig) => Promise<number>): Promise<void> {
  const config = readRelayConfig();
  const db = openDatabase({ ...databaseOf(config), applicationName: 'inventory-relay-command' });
  try {
    process.exitCode = await work(db, config);
  } finally {
    await db.destroy();
  }
}
