/** A database for each test file, cloned from a migrated template in some 50 ms. */
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { TEST_TEMPLATE_LOCK } from '../locks.ts';
import { migrate } from '../migrate.ts';
import { createPool } from '../pool.ts';
import { migrationsFolder } from '../schema-version.ts';
import { clientConfig } from '../session/connection.ts';
import type { SessionLimits } from '../session/connection.ts';

export interface TestDatabase {
  readonly url: string;
  readonly name: string;
  readonly drop: () => Promise<void>;
}

function withDatabase(adminUrl: string, name: string): string {
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  return url.href;
}

function templateName(): string {
  const hash = createHash('sha256');
  for (const file of readdirSync(migrationsFolder).sort()) hash.update(readFileSync(join(migrationsFolder, file)));
  return `inventory_template_${hash.digest('hex').slice(0, 12)}`;
}

/** Works on an admin connection, under the lock that lets one test file at a time clone: CREATE DATABASE needs that. */
async function asAdmin<T>(adminUrl: string, work: (admin: pg.Client) => Promise<T>): Promise<T> {
  const admin = new pg.Client({ connectionString: adminUrl, application_name: 'inventory-test-admin' });
  await admin.connect();
  try {
    await admin.query('SELECT pg_advisory_lock($1)', [TEST_TEMPLATE_LOCK]);
    return await work(admin);
  } finally {
    await admin.end();
  }
}

/**
 * A new, migrated database on the server of `adminUrl`. `drop` ends all connections to it.
 */
export async function createTestDatabase(adminUrl: string): Promise<TestDatabase> {
  const template = templateName();
  const name = `inventory_test_${randomBytes(6).toString('hex')}`;
  await asAdmin(adminUrl, async (admin) => {
    const found = await admin.query('SELECT 1 FROM pg_database WHERE datname = $1 AND datistemplate', [template]);
    if (found.rowCount === 0) {
      await admin.query(`DROP DATABASE IF EXISTS ${template}`);
      await admin.query(`CREATE DATABASE ${template}`);
      await migrate({ url: withDatabase(adminUrl, template), direction: 'up' });
      await admin.query(`ALTER DATABASE ${template} IS_TEMPLATE true`);
    }
    await admin.query(`CREATE DATABASE ${name} TEMPLATE ${template}`);
  });
  return {
    url: withDatabase(adminUrl, name),
    name,
    drop: () => asAdmin(adminUrl, async (admin) => {
      await admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    }),
  };
}

/** Longer than those of a process: on a busy machine a test may be slow. */
export const PATIENT: SessionLimits = { statementMs: 50_000, lockMs: 30_000, idleInTransactionMs: 5000 };

/** For a client of a test's own, whose session is nobody's: it looks on, or stands for somebody who is not of this system. */
export function patientConfig(url: string): pg.ClientConfig {
  return {
    ...clientConfig({ url, applicationName: 'inventory-test' }),
    connectionTimeoutMillis: 60_000, query_timeout: 60_000, statement_timeout: PATIENT.statementMs, lock_timeout: PATIENT.lockMs,
    idle_in_transaction_session_timeout: PATIENT.idleInTransactionMs,
  };
}

/** A pool on a test database that stands for that of a process, but for its longer time-outs. The caller ends it. */
export function createTestPool(url: string, max = 4, limits = PATIENT): pg.Pool {
  return createPool({
    url, applicationName: 'inventory-test', max, maxLifetimeSeconds: 3600, limits, queryTimeoutMs: 60_000, connectTimeoutMs: 60_000,
    onIdleError: () => undefined,
  });
}

/** The admin URL that `npm test` provides. @throws {Error} saying how to get one */
export function adminUrlFromEnvironment(): string {
  const url = process.env['DATABASE_URL'];
  if (url === undefined || url === '') throw new Error('DATABASE_URL is not set: run the tests with `npm test`');
  return url;
}
