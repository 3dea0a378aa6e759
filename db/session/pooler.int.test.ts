import { expect } from 'chai';
import { sql } from 'kysely';
import pg from 'pg';
import { noPgbouncer, startPgbouncer } from '@inventory/testkit/servers/pgbouncer.ts';
import type { Pooler } from '@inventory/testkit/servers/pgbouncer.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { startListening } from '../listen.ts';
import { createDatabase, createPool } from '../pool.ts';
import type { TestDatabase } from '../testing/database.ts';
import { adminUrlFromEnvironment, createTestDatabase } from '../testing/database.ts';

const reason = noPgbouncer();
const IGNORED = 'ignore_startup_parameters = extra_float_digits,options,statement_timeout,lock_timeout,idle_in_transaction_session_timeout';

(reason === '' ? describe : describe.skip)(`behind pgbouncer${reason === '' ? '' : ` (skipped: ${reason})`}`, function () {
  this.timeout(60_000);
  let database: TestDatabase;
  let pooler: Pooler | undefined;
  before(async () => { database = await createTestDatabase(adminUrlFromEnvironment()); });
  after(() => database.drop());
  afterEach(async () => {
    await pooler?.stop();
    pooler = undefined;
  });

  async function behind(settings: readonly string[]): Promise<string> {
    const { url } = pooler = await startPgbouncer(database.url, settings);
    await eventually(async () => {
      const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 1000 });
      client.on('error', () => undefined);
      await client.connect();
      await client.end();
    });
    return url;
  }
  /** What two statements on one connection of a pool answer, or why there is no connection. */
  async function limitOf(url: string): Promise<string> {
    const db = createDatabase(createPool({
      url, applicationName: 'pooler-test', max: 1, maxLifetimeSeconds: 300, onIdleError: () => undefined,
    }));
    try {
      await sql`SELECT 1`.execute(db);
      const { rows: [row] } = await sql<{ limits: string }>`SELECT current_setting('statement_timeout') || ' ' ||
        current_setting('lock_timeout') || ' ' || current_setting('application_name') AS limits`.execute(db);
      return row?.limits ?? '';
    } catch (error) {
      return String(error);
    } finally {
      await db.destroy();
    }
  }

  it('in session mode the limits are in force, in each of many sessions one after the other', async () => {
    const url = await behind(['pool_mode = session', IGNORED]);
    for (let n = 0; n < 5; n += 1) expect(await limitOf(url)).to.equal('3s 1s pooler-test');
  });

  it('in session mode a listener hears', async () => {
    const url = await behind(['pool_mode = session', IGNORED]);
    let hints = 0;
    let state: boolean | undefined;
    const listener = startListening({
      url, applicationName: 'pooler-test', channel: 'pooled', onHint: () => { hints += 1; }, onState: (listening) => { state = listening; },
    });
    try {
      await eventually(() => { expect(state).to.equal(true); });
      const before = hints;
      const client = new pg.Client({ connectionString: database.url });
      await client.connect();
      await client.query('NOTIFY pooled');
      await client.end();
      await eventually(() => { expect(hints).to.be.above(before); });
    } finally {
      await listener.stop();
    }
  });

  it('in transaction mode no session is opened, and the sentence says what to do', async () => {
    const url = await behind(['pool_mode = transaction', IGNORED]);
    expect(await limitOf(url)).to.match(/a pooler .*: use session pooling, or connect to PostgreSQL itself/);
  });

  it('in statement mode neither', async () => {
    const url = await behind(['pool_mode = statement', IGNORED]);
    expect(await limitOf(url)).to.match(/a pooler .*: use session pooling, or connect to PostgreSQL itself/);
  });

  it('in session mode that hands sessions on as they were left, neither', async () => {
    const url = await behind(['pool_mode = session', 'server_reset_query =', IGNORED]);
    expect(await limitOf(url)).to.equal('3s 1s pooler-test');
    expect(await limitOf(url)).to.match(/server_reset_query = DISCARD ALL/);
  });
});
