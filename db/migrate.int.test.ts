import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startPostgres } from '@inventory/testkit/servers/services.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { sql } from 'kysely';
import pg from 'pg';
import { migrate } from './migrate.ts';
import type { Database } from './pool.ts';
import { createDatabase } from './pool.ts';
import { describeSchema } from './schema.ts';
import { migrationsFolder, missingMigrations } from './schema-version.ts';
import type { TestDatabase } from './testing/database.ts';
import { adminUrlFromEnvironment, createTestDatabase, createTestPool } from './testing/database.ts';

const all = readdirSync(migrationsFolder).sort().map((file) => file.replace(/\.sql$/, ''));

describe('a migration', function () {
  this.timeout(60_000);
  let database: TestDatabase;
  let db: Database;

  beforeEach(async () => {
    database = await createTestDatabase(adminUrlFromEnvironment());
    db = createDatabase(createTestPool(database.url));
  });
  afterEach(async () => {
    await db.destroy();
    await database.drop();
  });

  it('down takes all of it back, and up again gives the same schema', async () => {
    const first = await describeSchema(db);
    expect(await migrate({ url: database.url, direction: 'down', count: all.length }))
      .to.deep.equal(all.toReversed());
    expect(await describeSchema(db)).to.equal('');
    expect(await migrate({ url: database.url, direction: 'up' })).to.deep.equal(all);
    expect(await describeSchema(db)).to.equal(first);
  });

  it('down alone takes the last one back', async () => {
    expect(await migrate({ url: database.url, direction: 'down' })).to.deep.equal(all.slice(-1));
  });

  it('up finds indexes that were made beforehand, so that nobody waits while they are made', async () => {
    const first = await describeSchema(db);
    const { rows: made } = await sql<{ definition: string }>`
      SELECT indexdef AS definition FROM pg_indexes WHERE indexname IN ('idx_reservations_customer_ref', 'idx_reservations_made_for_ref')
        OR indexname LIKE 'idx\\_products\\_%' AND indexdef LIKE '%archived\\_at IS NULL%version%'`.execute(db);
    expect(made).to.have.length(8);
    await migrate({ url: database.url, direction: 'down', count: all.slice(all.indexOf('0020_refs_in_events')).length });
    for (const { definition } of made) await sql.raw(definition.replace(' INDEX ', ' INDEX CONCURRENTLY ')).execute(db);
    await migrate({ url: database.url, direction: 'up' });
    expect(await describeSchema(db)).to.equal(first);
  });

  it('up of a database that is up to date does nothing', async () => {
    expect(await migrate({ url: database.url, direction: 'up' })).to.deep.equal([]);
  });

  it('up gives the database a limit for sessions of others that are idle in a transaction, and down takes it back', async () => {
    const limit = async (): Promise<unknown> => {
      const client = new pg.Client({ connectionString: database.url });
      await client.connect();
      const { rows: [row] } = await client.query<{ limit: string }>("SELECT current_setting('idle_in_transaction_session_timeout') AS limit")
        .finally(() => client.end());
      return row?.limit;
    };
    const fromThere = all.slice(all.indexOf('0011_sessions_of_others'));
    await migrate({ url: database.url, direction: 'down', count: fromThere.length });
    expect(await limit()).to.equal('0');
    await migrate({ url: database.url, direction: 'up' });
    expect(await limit()).to.equal('1min');
  });

  it('run four times at once is run once', async () => {
    await migrate({ url: database.url, direction: 'down', count: all.length });
    const runs = await Promise.all([1, 2, 3, 4].map(() => migrate({ url: database.url, direction: 'up' })));
    expect(runs.filter((names) => names.length > 0)).to.deep.equal([all]);
  });

  it('waits for a table that is in use without holding up whoever comes next', async () => {
    // This one makes an index of the table anew: as long as somebody reads it, that has to wait.
    const fromThere = all.slice(all.indexOf('0006_open_holds'));
    await migrate({ url: database.url, direction: 'down', count: fromThere.length });
    const pool = createTestPool(database.url, 1);
    const reader = await pool.connect();
    try {
      await reader.query('SET idle_in_transaction_session_timeout = 0');
      await reader.query('BEGIN');
      await reader.query('SELECT 1 FROM reservations');
      const said: string[] = [];
      const migrating = migrate({ url: database.url, direction: 'up', log: (line) => { said.push(line); } });
      await eventually(() => { expect(said).to.deep.equal(['Waiting for a table that is in use …']); }, { everyMs: 5 });
      // Each of these would wait behind the change, and that for the first reader, who is not done.
      for (let n = 0; n < 20; n += 1) {
        await sql`SELECT 1 FROM reservations`.execute(db);
        await delay(50);
      }
      await reader.query('COMMIT');
      expect(await migrating).to.deep.equal(fromThere);
    } finally {
      reader.release();
      await pool.end();
    }
  });

  it('does not wait for the end of an autovacuum, which takes long on a large table', async () => {
    const fromThere = all.slice(all.indexOf('0014_indexes_that_nothing_reads'));
    const server = await startPostgres({ settings: ['autovacuum_naptime=1s'] });
    const large = await createTestDatabase(server.url);
    const pool = createTestPool(large.url, 1);
    try {
      await migrate({ url: large.url, direction: 'down', count: fromThere.length });
      // A page a tenth of a second: minutes in all.
      await pool.query(`ALTER TABLE events SET (autovacuum_vacuum_insert_threshold = 0, autovacuum_vacuum_cost_delay = 100,
        autovacuum_vacuum_cost_limit = 1)`);
      await pool.query(`INSERT INTO events (id, event_type, store_id, aggregate_id, payload, stream_id, stream_version)
        SELECT gen_random_uuid(), 'x', 'MAD-001', gen_random_uuid(), '{}', gen_random_uuid(), 1 FROM generate_series(1, 20000)`);
      const atWork = async (): Promise<unknown> => (await pool.query(`
        SELECT pid FROM pg_stat_activity WHERE backend_type = 'autovacuum worker' AND query LIKE 'autovacuum: VACUUM%public.events'`)).rows;
      await eventually(async () => { expect(await atWork()).to.have.length(1); }, { timeoutMs: 30_000, what: 'the autovacuum' });
      const before = await atWork();
      expect(await migrate({ url: large.url, direction: 'up' })).to.deep.equal(fromThere);
      expect(await atWork(), 'the same has gone').not.to.deep.equal(before);
    } finally {
      await pool.end();
      await server.stop();
    }
  });

  it('is known to be missing, and one from the future does no harm', async () => {
    expect(await missingMigrations(db)).to.deep.equal([]);
    await migrate({ url: database.url, direction: 'down', count: 2 });
    expect(await missingMigrations(db)).to.deep.equal(all.slice(-2));
    await migrate({ url: database.url, direction: 'down', count: all.length });
    await sql`DROP TABLE pgmigrations`.execute(db);
    expect(await missingMigrations(db)).to.deep.equal(all);
    await migrate({ url: database.url, direction: 'up' });
    await sql`INSERT INTO pgmigrations (name, run_on) VALUES ('9999_next', now())`.execute(db);
    expect(await missingMigrations(db)).to.deep.equal([]);
    expect(await migrate({ url: database.url, direction: 'up' })).to.deep.equal([]);
  });

  describe('as a command', () => {
    const command = fileURLToPath(new URL('./migrate.ts', import.meta.url));
    const run = (args: readonly string[], url?: string) => spawnSync(process.execPath, [command, ...args], {
      encoding: 'utf8', env: url === undefined ? {} : { DATABASE_URL: url },
    });

    it('says what it did, and exits 0', () => {
      expect(run(['up'], database.url)).to.deep.include({ status: 0, stdout: 'The schema is up to date.\n' });
      expect(run(['down', '--count', '999', '--yes'], database.url)).to.deep.include({
        status: 0, stdout: `down: ${all.toReversed().join(', ')}\n`,
      });
      expect(run([], database.url)).to.deep.include({ status: 0, stdout: `up: ${all.join(', ')}\n` });
    });

    it('takes nothing back, and so removes no data, without --yes', () => {
      const { status, stdout, stderr } = run(['down', '--count', '999'], database.url);
      expect([status, stdout]).to.deep.equal([2, '']);
      expect(stderr).to.include('down removes data for good: it wants --yes');
      expect(run(['up'], database.url).stdout).to.equal('The schema is up to date.\n');
    });

    it('used wrongly says all that is wrong, and how it is used, and exits 2', () => {
      for (const [args, problems] of [
        [['up', 'down', '--count', '0'], ['unknown: up down', '--count takes', 'DATABASE_URL is not set']],
        [['sideways', '--count', '1x'], ['unknown: sideways', '--count takes']],
        [['--fast'], ['--fast']],
      ] as const) {
        const result = run(args);
        expect(result.status, args.join(' ')).to.equal(2);
        expect(result.stdout).to.equal('');
        for (const problem of [...problems, 'Usage: npm run migrate']) expect(result.stderr).to.include(problem);
      }
      expect(run(['up'], '')).to.deep.include({ status: 2, stdout: '' });
    });

    it('without a server fails within seconds, exits 1, and does not tell the password', () => {
      const { status, stdout, stderr } = run(['up'], 'postgres://somebody:s3cret@127.0.0.1:1/inventory');
      expect(status).to.equal(1);
      expect(stdout).to.equal('');
      expect(stderr).to.include('Migration failed').and.not.to.include('s3cret');
    });
  });
});
