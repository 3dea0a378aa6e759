import { openClient } from '@inventory/db/session/open.ts';
import { PATIENT } from '@inventory/db/testing/database.ts';
import { endConnection } from '@inventory/db/session/connection.ts';
import { DEFAULT_LIMITS } from '@inventory/domain/limits.ts';
import { newestVersions } from '@inventory/domain/events-stored.ts';
import { leastOf, startCostMeter } from '@inventory/testkit/servers/postgres-cost.ts';
import type { Cost, CostMeter } from '@inventory/testkit/servers/postgres-cost.ts';
import { expect } from 'chai';
import type pg from 'pg';
import { v7 } from 'uuid';
import { addProduct, createTestStore } from '../testing/api.ts';
import type { TestStore } from '../testing/api.ts';
import { customer, hold, read, receive, testCommitter } from '../testing/committing.ts';
import type { Row } from '../testing/committing.ts';
import type { Command } from './command.ts';
import { LANE_SETTINGS } from './lane.ts';
import { attempt } from './transaction.ts';
import { FIRST_VERSIONS } from './write.ts';
import type { WrittenFormats } from './write.ts';

/**
 * What a group of so many reservations costs, as counted with PostgreSQL 15. Statements, round trips and index entries are
 * whole numbers that no machine changes, so they may not grow at all. The bytes of the log were the same within 0.05 % in four
 * runs; other versions of the server write a little more or less, so a twentieth is allowed. An index more shows as index
 * entries, and an event more as both.
 */
const COUNTED: readonly { readonly what: string; readonly formats: WrittenFormats; readonly groups: readonly (Cost & { readonly reservations: number })[] }[] = [
  {
    what: 'with refs of customers',
    formats: { allowed: () => newestVersions() },
    groups: [
      { reservations: 1, statements: 9, roundTrips: 2, logBytes: 2_616, indexEntries: 11 },
      { reservations: 6, statements: 9, roundTrips: 2, logBytes: 15_526, indexEntries: 66 },
      { reservations: 30, statements: 9, roundTrips: 2, logBytes: 77_692, indexEntries: 330 },
    ],
  },
  {
    // An index entry more than before erasures: such events are found by it when they are converted (decision 0101).
    what: 'as older releases read it',
    formats: FIRST_VERSIONS,
    groups: [
      { reservations: 1, statements: 9, roundTrips: 2, logBytes: 2_356, indexEntries: 11 },
      { reservations: 6, statements: 9, roundTrips: 2, logBytes: 13_966, indexEntries: 66 },
      { reservations: 30, statements: 9, roundTrips: 2, logBytes: 70_017, indexEntries: 330 },
    ],
  },
];
const BYTES_TOLERANCE = 1.05;
const MOST = 30;
/** The first of a size plans its statements and opens its sequence, and some split a page. */
const ROUNDS = 6;

describe('a group commit of reservations', function () {
  this.timeout(60_000);
  let meter: CostMeter;
  let store: TestStore;
  let lane: pg.Client;
  let rows: readonly Row[];
  before(async () => {
    meter = await startCostMeter();
    store = await createTestStore(meter.adminUrl);
    const committer = testCommitter(store.url);
    rows = await Promise.all(Array.from({ length: MOST }, async (): Promise<Row> => ({ productId: await addProduct(store.db), storeId: 'MAD-001' })));
    await Promise.all(rows.map((row) => committer.submit(receive(row, 1_000))));
    await committer.stop();
    // Patient: what is counted does not depend on a machine that stands still for seconds.
    lane = await openClient(
      { url: meter.counted(store.url), applicationName: 'cost-test', settings: LANE_SETTINGS, limits: PATIENT },
      { pipeline: true, queryTimeoutMs: 60_000 });
  });
  after(async () => {
    await endConnection(lane);
    await store.close();
    await meter.close();
  });

  const reservationsOf = (count: number): readonly Command[] => rows.slice(0, count).map((row, nth) =>
    hold(row, 1, { customerId: `cust-${nth}` }, { by: customer(`cust-${nth}`), key: v7(), operation: 'reserve' }));

  for (const { what, formats, reservations, ...counted } of COUNTED.flatMap(({ groups, ...of }) => groups.map((group) => ({ ...of, ...group })))) {
    it(`of ${reservations}, ${what}, costs no more than was counted`, async () => {
      const costs: Cost[] = [];
      for (let round = 0; round < ROUNDS; round += 1) {
        const commands = reservationsOf(reservations);
        costs.push(await meter.measure(store.pool, async () => {
          const settled = await attempt({ client: lane, newId: v7, limits: DEFAULT_LIMITS, formats }, commands, { skipLocked: false });
          for (const each of settled) expect(read(each).code).to.equal(undefined);
        }));
      }
      const cost = leastOf(costs);
      const told = JSON.stringify({ reservations, ...cost });
      expect(cost.statements, told).to.be.at.most(counted.statements);
      expect(cost.roundTrips, told).to.be.at.most(counted.roundTrips);
      expect(cost.indexEntries, told).to.be.at.most(counted.indexEntries);
      expect(cost.logBytes, told).to.be.at.most(counted.logBytes * BYTES_TOLERANCE);
    });
  }
});
