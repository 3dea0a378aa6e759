import { expect } from 'chai';
import { sql } from 'kysely';
import { addStockRows, appendStockEvents } from '@inventory/testkit/log/fixture.ts';
import { settledPosition } from './events.ts';
import type { Database } from './pool.ts';
import { createDatabase, createPool } from './pool.ts';
import { preparedAs } from './prepared.ts';
import type { TestDatabase } from './testing/database.ts';
import { adminUrlFromEnvironment, createTestDatabase, createTestPool } from './testing/database.ts';

describe('a statement that is prepared', function () {
  this.timeout(60_000);
  let database: TestDatabase;
  let db: Database;
  beforeEach(async () => {
    database = await createTestDatabase(adminUrlFromEnvironment());
    // One connection: what it has prepared is its own.
    db = createDatabase(createPool({ url: database.url, applicationName: 'prepared-test', max: 1, maxLifetimeSeconds: 300, onIdleError: () => undefined }));
  });
  afterEach(async () => {
    await db.destroy();
    await database.drop();
  });

  const prepared = async () => (await sql<{ name: string; plans: number }>`
    SELECT name, generic_plans::int AS plans FROM pg_prepared_statements ORDER BY name`.execute(db)).rows;

  it('is planned once for its connection; any other one at every call', async () => {
    const add = async (one: number) => (await sql<{ sum: number }>`${preparedAs('sum')} SELECT 1 + ${one}::int AS sum`.execute(db)).rows;
    expect(await add(1)).to.deep.equal([{ sum: 2 }]);
    expect(await add(2)).to.deep.equal([{ sum: 3 }]);
    await sql`SELECT 1 + ${1}::int AS sum`.execute(db);
    expect((await prepared()).map(({ name }) => name)).to.deep.equal(['sum']);
  });

  it('is refused under a name that another text has, instead of carrying that out', async () => {
    await sql`${preparedAs('one')} SELECT 1`.execute(db);
    const error: unknown = await sql`${preparedAs('one')} SELECT 2`.execute(db).then(() => 'no error', (thrown: unknown) => thrown);
    expect(String(error)).to.contain('must be unique');
  });

  it('finds the settled position by an index of the log, also by a plan that was made while the log was empty', async () => {
    for (let call = 0; call < 10; call += 1) expect(await settledPosition(db)).to.equal(0);
    expect(await prepared()).to.deep.equal([{ name: 'newest-position', plans: 10 }, { name: 'settled-position', plans: 10 }]);
    const writers = createTestPool(database.url, 2);
    try {
      const stockIds = await addStockRows(writers, { rows: 1_000 });
      await appendStockEvents(writers, { stockIds, each: 20 });
    } finally {
      await writers.end();
    }
    expect(await settledPosition(db)).to.be.at.least(20_000);
    const { rows } = await sql<{ 'QUERY PLAN': string }>`EXPLAIN (ANALYZE, TIMING OFF) EXECUTE "settled-position"`.execute(db);
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
    expect(plan).to.contain('events_position_unique').and.not.contain('Seq Scan on events ');
  });
});
