/** Whether the schema is new enough for this release: an old release runs on a new schema, never the other way round. */
import { readdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { sql } from 'kysely';
import pg from 'pg';
import type { Database } from './pool.ts';

export const migrationsFolder = fileURLToPath(new URL('./migrations', import.meta.url));

const EVERY_MS = 500;
const NO_SUCH_TABLE = '42P01';

/** The migrations that this release has and the database has not, in order. */
export async function missingMigrations(db: Database): Promise<readonly string[]> {
  const known = readdirSync(migrationsFolder).map((file) => file.replace(/\.sql$/, '')).toSorted();
  try {
    const { rows } = await sql<{ name: string }>`SELECT name FROM pgmigrations`.execute(db);
    return known.filter((migration) => !rows.some(({ name }) => name === migration));
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code === NO_SUCH_TABLE) return known;
    throw error;
  }
}

/**
 * Resolves when the schema has all migrations of this release. It also resolves when Postgres does not answer, because
 * nobody can tell then, and a process has its own ways to go on without Postgres.
 * @throws {Error} an AbortError, by the signal
 */
export async function waitForSchema({ db, log, readiness, signal }: {
  readonly db: Database;
  readonly log: { warn(message: string, fields: { readonly detail: string }): void };
  readonly readiness: { set(check: string, state: { readonly ok: boolean; readonly required: boolean; readonly detail: string }): void };
  readonly signal: AbortSignal;
}): Promise<void> {
  let told = '';
  for (;;) {
    const missing = await missingMigrations(db).catch(() => []);
    if (missing.length === 0) break;
    const detail = `lacks ${missing.join(', ')}: npm run migrate`;
    readiness.set('schema', { ok: false, required: true, detail });
    if (detail !== told) log.warn('the schema is older than this release', { detail });
    told = detail;
    await delay(EVERY_MS, undefined, { signal });
  }
  readiness.set('schema', { ok: true, required: true, detail: 'as new as this release' });
}
