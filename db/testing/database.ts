/** A database for each test file, cloned from a migrated template in some 50 ms. */
import { createHash, createHmac, randomBytes } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { TEST_TEMPLATE_LOCK } from '../locks.ts';
import { LOGINS, makeLogins } from '../roles.ts';
import type { Login } from '../roles.ts';
import { migrate } from '../migrate.ts';
import { createPool } from '../pool.ts';
import { migrationsFolder } from '../schema-version.ts';
import { clientConfig } from '../session/connection.ts';
import type { SessionLimits } from '../session/connection.ts';

export interface TestDatabase {
  /** Of the user that made it, who may do everything; `asLogin` makes it that of a process. */
  readonly url: string;
  readonly name: string;
  readonly drop: () => Promise<void>;
}

function withDatabase(adminUrl: string, name: string): string {
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  return url.href;
}

/** Other names than a deployment's: its server may be the one that the tests were given. */
const userOf = (login: Login): string => `inventory_test_${login}`;

/** The epoch, by name, of each test database at first. */
export const TEST_EPOCH = '00000000.1';

const NAME = { template: 'inventory_template_', test: 'inventory_test_' } as const;

/** With the password in it, because the template stands for logins whose passwords follow from it. */
function templateName(adminUrl: string): string {
  const hash = createHash('sha256').update(new URL(adminUrl).password);
  for (const file of readdirSync(migrationsFolder).sort()) hash.update(readFileSync(join(migrationsFolder, file)));
  return `${NAME.template}${hash.digest('hex').slice(0, 12)}`;
}

/** The login of tests in each group. Its password follows from the admin's, so whoever knows the server knows it. */
function credentialsOf(login: Login, adminPassword: string): { readonly login: Login; readonly user: string; readonly password: string } {
  const user = userOf(login);
  return { login, user, password: createHmac('sha256', adminPassword).update(user).digest('hex') };
}

/** The URL of a test database as a process has it: with the login of its group. Other URLs stay as they are. */
export function asLogin(url: string, login: Login): string {
  const parsed = URL.parse(url);
  if (parsed === null || !Object.values(NAME).some((name) => parsed.pathname.startsWith(`/${name}`))) return url;
  const { user, password } = credentialsOf(login, parsed.password);
  // One that has been made a login's already.
  if (LOGINS.some((each) => parsed.username === userOf(each))) return url;
  parsed.username = user;
  parsed.password = password;
  return parsed.href;
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

/** The template, made as a deployment makes a database: first the logins, then the schema by the owner's. */
async function createTemplate(admin: pg.Client, adminUrl: string, name: string): Promise<void> {
  await admin.query(`DROP DATABASE IF EXISTS ${name}`);
  await admin.query(`CREATE DATABASE ${name}`);
  const url = withDatabase(adminUrl, name);
  const client = new pg.Client({ connectionString: url, application_name: 'inventory-test-admin' });
  await client.connect();
  try {
    await makeLogins(client, LOGINS.map((login) => credentialsOf(login, new URL(adminUrl).password)));
  } finally {
    await client.end();
  }
  await migrate({ url: asLogin(url, 'owner'), direction: 'up' });
  await nameLog(url);
  await admin.query(`ALTER DATABASE ${name} IS_TEMPLATE true`);
}

/** A log has a random name; those of tests are all called the same. */
async function nameLog(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, application_name: 'inventory-test-admin' });
  await client.connect();
  try {
    await client.query("UPDATE log_epoch SET log_id = '00000000-0000-4000-8000-000000000000'");
  } finally {
    await client.end();
  }
}

/**
 * A new, migrated database on the server of `adminUrl`. `drop` ends all connections to it.
 */
export async function createTestDatabase(adminUrl: string): Promise<TestDatabase> {
  const template = templateName(adminUrl);
  const name = `${NAME.test}${randomBytes(6).toString('hex')}`;
  await asAdmin(adminUrl, async (admin) => {
    const found = await admin.query('SELECT 1 FROM pg_database WHERE datname = $1 AND datistemplate', [template]);
    if (found.rowCount === 0) await createTemplate(admin, adminUrl, template);
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
