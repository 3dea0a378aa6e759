import { expect } from 'chai';
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { createDatabase } from '@inventory/db/pool.ts';
import { settledHere } from '@inventory/db/events.ts';
import { createTestDatabase, createTestPool } from '@inventory/db/testing/database.ts';
import { createClient } from '@inventory/testkit/http/client.ts';
import { startPostgres } from '@inventory/testkit/servers/services.ts';
import { missingPrograms } from '@inventory/testkit/processes/programs.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { commandsOf, shows, signsOf, type } from '../repository/runbooks.ts';
import { startSystem } from './system.ts';
import type { System } from './system.ts';

const PAGE = 'docs/runbooks/LogHeldBack.md';

const missing = missingPrograms({ psql: 'postgresql-client' });
const skipped = missing === '' ? '' : ` (skipped: ${missing})`;

(missing === '' ? describe : describe.skip)(`a session that is not ours and keeps a row of the log open${skipped}`, function () {
  this.timeout(120_000);
  let system: System;
  before(async () => { system = await startSystem(); });
  after(() => system.stop());

  const metrics = async (): Promise<string> => (await createClient(`http://127.0.0.1:${system.relays[0]?.opsPort}`).get('/metrics')).text;
  const hold = async (): Promise<void> => {
    const client = new pg.Client({ connectionString: system.databaseUrl, application_name: 'console' });
    client.on('error', () => undefined);
    await client.connect();
    await client.query('SET idle_in_transaction_session_timeout = 0');
    await client.query('BEGIN');
    await client.query(`INSERT INTO events (id, event_type, store_id, aggregate_id, payload, stream_id)
      VALUES ($1, 'x', 'MAD-001', $1, '{}', $1)`, [randomUUID()]);
  };

  it('is seen by a metric, and ended by the command of the page; then all of it is published', async () => {
    await hold();
    const boss = await system.client('admin');
    await boss.post('/api/v1/stock', { product_id: await system.product(1), store_id: 'MAD-001', quantity_change: 1, reason: 'RESTOCK' });
    await eventually(async () => {
      const [, seconds = '0'] = /^relay_held_back_seconds\{.*\} (\S+)$/m.exec(await metrics()) ?? [];
      expect(Number(seconds)).to.be.above(11);
    }, { timeoutMs: 40_000 });
    const unpublished = async () => (await system.sql.query('SELECT 1 FROM events_unpublished')).rowCount;
    expect(await unpublished()).to.equal(1);
    const [look = ''] = commandsOf(PAGE, '1. ');
    expect((await type(look, { SUPERUSER_DATABASE_URL: system.databaseUrl })).stdout).to.include('console');
    const [end = ''] = commandsOf(PAGE, '2. ');
    const ended = await type(end, { SUPERUSER_DATABASE_URL: system.databaseUrl });
    expect(ended.code, ended.stderr).to.equal(0);
    await eventually(async () => { expect(await unpublished()).to.equal(0); }, { timeoutMs: 20_000 });
    for (const sign of signsOf(PAGE)) {
      if (sign.kind === 'metric') await eventually(async () => { expect(shows(await metrics(), sign), sign.text).to.equal(true); }, { timeoutMs: 20_000 });
    }
  });

  it('does not depend on a search_path to write: a dump of the data alone comes back', async () => {
    const client = new pg.Client({ connectionString: system.databaseUrl });
    await client.connect();
    await client.query("SELECT set_config('search_path', '', false)");
    const inserted = await client.query(`INSERT INTO public.events (id, event_type, store_id, aggregate_id, payload, stream_id)
      VALUES ($1, 'x', 'MAD-001', $1, '{}', $1) RETURNING position`, [randomUUID()]).finally(() => client.end());
    expect(inserted.rowCount).to.equal(1);
    const { rows } = await system.sql.query(`SELECT p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
      WHERE n.nspname = 'public' AND p.prokind = 'f' AND NOT coalesce(p.proconfig::text LIKE '%search_path%', false)`);
    expect(rows, 'functions without a path of their own').to.deep.equal([]);
  });
});

(missing === '' ? describe : describe.skip)(`a prepared transaction that holds the log back${skipped}`, function () {
  this.timeout(120_000);

  it('is found and rolled back by the commands of the page, and no other is', async () => {
    const server = await startPostgres({ settings: ['max_prepared_transactions=4'] });
    const { url } = await createTestDatabase(server.url);
    const pool = createTestPool(url, 1);
    const db = createDatabase(pool);
    const prepare = async (name: string, statement: string): Promise<void> => {
      for (const each of ['BEGIN', statement, `PREPARE TRANSACTION '${name}'`]) await pool.query(each);
    };
    const event = (type: string) => `INSERT INTO events (id, event_type, store_id, aggregate_id, payload, stream_id)
      VALUES (gen_random_uuid(), '${type}', 'MAD-001', gen_random_uuid(), '{}', gen_random_uuid())`;
    try {
      await prepare('bank/7', event('prepared'));
      await prepare('elsewhere', 'CREATE TABLE elsewhere ()');
      await pool.query(event('later'));
      expect(await settledHere(db)).to.equal(0);
      const [look = '', rollBack = '', ...rest] = commandsOf(PAGE, '3. ');
      expect(rest).to.deep.equal([]);
      const found = await type(look, { SUPERUSER_DATABASE_URL: url });
      expect(found.stdout, found.stderr).to.include('bank/7').and.not.include('elsewhere');
      expect((await type(rollBack, { SUPERUSER_DATABASE_URL: url, GID: 'bank/7' })).stdout).to.equal('ROLLBACK PREPARED\n');
      expect(await settledHere(db)).to.equal(2);
      expect((await pool.query('SELECT gid FROM pg_prepared_xacts')).rows).to.deep.equal([{ gid: 'elsewhere' }]);
      expect((await type(look, { SUPERUSER_DATABASE_URL: url })).stdout).to.include('(0 rows)');
      const [limits = ''] = commandsOf(PAGE, '4. ');
      await pool.query(`ALTER DATABASE ${new URL(url).pathname.slice(1)} SET idle_in_transaction_session_timeout = '1h'`);
      expect((await type(limits, { SUPERUSER_DATABASE_URL: url })).stdout).to.include('idle_in_transaction_session_timeout=1h');
    } finally {
      await db.destroy();
      await server.stop();
    }
  });
});
