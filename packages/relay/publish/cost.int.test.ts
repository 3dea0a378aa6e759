import { createDatabase } from '@inventory/db/pool.ts';
import type { Database } from '@inventory/db/pool.ts';
import { asLogin, createTestPool } from '@inventory/db/testing/database.ts';
import { addStockRows, appendStockEvents } from '@inventory/testkit/log/fixture.ts';
import { leastOf, startCostMeter } from '@inventory/testkit/servers/postgres-cost.ts';
import type { Cost, CostMeter } from '@inventory/testkit/servers/postgres-cost.ts';
import { startNats } from '@inventory/testkit/servers/services.ts';
import type { Service } from '@inventory/testkit/servers/service.ts';
import { expect } from 'chai';
import { sql } from 'kysely';
import { createWorkbench, drain } from '../testing/workbench.ts';
import type { Workbench } from '../testing/workbench.ts';
import { publishBatch } from './batch.ts';

/**
 * What a batch of so many events costs Postgres, as counted with version 15. What may grow, and by how much, is as in the
 * test of the group commit (packages/api/commit/cost.int.test.ts).
 */
const COUNTED: readonly (Cost & { readonly events: number })[] = [
  { events: 0, statements: 1, roundTrips: 1, logBytes: 0, indexEntries: 0 },
  { events: 1, statements: 4, roundTrips: 4, logBytes: 339, indexEntries: 2 },
  { events: 6, statements: 4, roundTrips: 4, logBytes: 339, indexEntries: 2 },
  { events: 30, statements: 4, roundTrips: 4, logBytes: 339, indexEntries: 2 },
];
const BYTES_TOLERANCE = 1.05;
const MOST = 30;
const ROUNDS = 6;

describe('a batch of the relay', function () {
  this.timeout(60_000);
  let meter: CostMeter;
  let nats: Service;
  let workbench: Workbench;
  let counted: Database;
  let stockIds: readonly string[];
  before(async () => {
    [meter, nats] = await Promise.all([startCostMeter(), startNats()]);
    workbench = await createWorkbench(nats, meter.adminUrl);
    counted = createDatabase(createTestPool(meter.counted(asLogin(workbench.url, 'relay')), 1));
    stockIds = await addStockRows(workbench.pool, { rows: MOST });
  });
  after(async () => {
    await counted.destroy();
    await workbench.close();
    await Promise.all([meter.close(), nats.stop()]);
  });

  for (const { events, ...bound } of COUNTED) {
    it(`of ${events} costs Postgres no more than was counted`, async () => {
      const lead = await workbench.newTerm();
      await sql`SELECT set_config('inventory.lead', ${lead.nonce}, false)`.execute(counted);
      const relay = workbench.relay(lead, { db: counted });
      const state = await drain(relay);
      const costs: Cost[] = [];
      for (let round = 0; round < ROUNDS; round += 1) {
        if (events > 0) await appendStockEvents(workbench.pool, { stockIds: stockIds.slice(0, events) });
        costs.push(await meter.measure(workbench.pool, async () => {
          const { published } = await publishBatch(relay, state, new AbortController().signal);
          expect(published).to.equal(events);
        }));
      }
      const cost = leastOf(costs);
      const told = JSON.stringify({ events, ...cost });
      expect(cost.statements, told).to.be.at.most(bound.statements);
      expect(cost.roundTrips, told).to.be.at.most(bound.roundTrips);
      expect(cost.indexEntries, told).to.be.at.most(bound.indexEntries);
      expect(cost.logBytes, told).to.be.at.most(bound.logBytes * BYTES_TOLERANCE);
    });
  }
});
