/** The database of a command of the relay. */
import { openDatabase } from '@inventory/db/pool.ts';
import type { Database } from '@inventory/db/pool.ts';
import { readRelayConfig } from '../config.ts';
import type { RelayConfig } from '../config.ts';

/**
 * Does a command's work with the database and sets the exit code that the work returns.
 * @throws {ConfigError} and whatever the work throws
 */
export async function withDatabase(work: (db: Database, config: RelayConfig) => Promise<number>): Promise<void> {
  const config = readRelayConfig();
  const db = openDatabase({ url: config.DATABASE_URL, applicationName: 'inventory-relay-command' });
  try {
    process.exitCode = await work(db, config);
  } finally {
    await db.destroy();
  }
}
