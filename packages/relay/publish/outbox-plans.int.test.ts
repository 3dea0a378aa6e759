import { expect } from 'chai';
import { sql } from 'kysely';
import { addStockRows, appendStockEvents } from '@inventory/testkit/log/fixture.ts';
import { fillPast } from '@inventory/testkit/log/past.ts';
import { expectSmallPlans, plansOf } from '@inventory/testkit/servers/plans.ts';
import { startNats } from '@inventory/testkit/servers/services.ts';
import type { Service } from '@inventory/testkit/servers/service.ts';
import { fetchPlacedAbove, fetchRange } from './outbox.ts';
import { initialState, publishBatch } from './batch.ts';
import { giveWay } from '../replay/pace.ts';
import { createWorkbench } from '../testing/workbench.ts';
import type { Workbench } from '../testing/workbench.ts';

const BATCH = 512;
const never = new AbortController().signal;

describe('beside a long log the relay reads what it needs and no more', function () {
  this.timeout(60_000);
  let server: Service;
  let workbench: Workbench;
  before(async () => {
    server = await startNats();
    workbench = await createWorkbench(server);
    await fillPast(workbench.pool, { rows: 250, events: 25_000 });
    const stockIds = await addStockRows(workbench.pool, { rows: 100 });
    await appendStockEvents(workbench.pool, { stockIds, each: 50 });
    await workbench.pool.query('ANALYZE');
  });
  after(async () => {
    await workbench.close();
    await server.stop();
  });

  it('to publish a batch, mark it, and read the tail after a take-over', async () => {
    const plans = await plansOf(workbench.url, async (db) => {
      const lead = await workbench.newTerm();
      await sql`SELECT set_config('inventory.lead', ${lead.nonce}, false)`.execute(db);
      for (let batch = 0; batch < 2; batch += 1) {
        // Each from a new leader's start, the second beside something parked.
        if (batch === 1) {
          await workbench.pool.query(`INSERT INTO relay_parked (event_id, stream_id, position, reason, state)
            SELECT id, stream_id, position, 'test', 'skipped' FROM events ORDER BY position LIMIT 1`);
        }
        expect((await publishBatch(workbench.relay(lead, { db }), initialState(), never)).published).to.equal(BATCH);
      }
      // Each statement is carried out once more, the mark too.
      await workbench.pool.query("DELETE FROM published_runs WHERE stream <> ''");
    });
    expectSmallPlans(plans, 2 * BATCH);
  });

  it('to replay a page, to refill one, and to see whether live events wait', async () => {
    await workbench.pool.query('DELETE FROM relay_left_behind');
    expect((await publishBatch(workbench.relay(await workbench.newTerm()), initialState(), never)).published).to.equal(BATCH);
    const { created: stream } = await workbench.db.selectFrom('relay_stream').select('created').executeTakeFirstOrThrow();
    const plans = await plansOf(workbench.url, async (db) => {
      expect(await fetchRange(db, { from: 10_000, to: 30_000, filter: {}, limit: BATCH })).to.have.length(BATCH);
      expect(await fetchPlacedAbove(db, { stream, sequence: 100, limit: BATCH })).to.have.length(BATCH);
      await giveWay(db, { events: BATCH, rate: undefined, signal: never });
    });
    // The runs of a page are read from their beginnings.
    expectSmallPlans(plans, 3 * BATCH);
  });

  // Its workbench makes the stream anew, so it comes last.
  it('by plans that a session made when the log was empty', async () => {
    const young = await createWorkbench(server);
    try {
      const relay = young.relay(await young.newTerm());
      const state = initialState();
      const stockIds = await addStockRows(young.pool, { rows: 100 });
      for (let batch = 0; batch < 3; batch += 1) {
        await appendStockEvents(young.pool, { stockIds: stockIds.slice(0, 1) });
        expect((await publishBatch(relay, state, never)).published).to.equal(1);
      }
      const { rows: prepared } = await sql<{ name: string; custom: number }>`
        SELECT name, custom_plans::int AS custom FROM pg_prepared_statements ORDER BY name`.execute(young.session);
      expect(prepared).to.deep.equal(['newest-position', 'relay-mark', 'relay-next', 'settled-position'].map((name) => ({ name, custom: 0 })));
      await fillPast(young.pool, { rows: 250, events: 5_000 });
      await appendStockEvents(young.pool, { stockIds, each: 50 });
      const { rows } = await sql<{ 'QUERY PLAN': string }>`
        EXPLAIN (ANALYZE, TIMING OFF) EXECUTE "relay-next" (2000, 2064, 2000, 2000, 4096, 8000000)`.execute(young.session);
      const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
      expect(plan).to.match(/Index Scan using events_position_unique on events e .*actual rows=64/).and.not.contain('Seq Scan');
    } finally {
      await young.close();
    }
  });
});
