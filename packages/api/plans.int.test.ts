import { positionsOf } from '@inventory/db/operating/range.ts';
import { decisionsAbout } from '@inventory/db/operating/steering.ts';
import { readFeed } from '@inventory/tail/table.ts';
import { appendStockEvents } from '@inventory/testkit/log/fixture.ts';
import { fillPast } from '@inventory/testkit/log/past.ts';
import { expectSmallPlans, plansOf } from '@inventory/testkit/servers/plans.ts';
import { expect } from 'chai';
import { v7 } from 'uuid';
import { readSnapshots } from './availability/snapshot.ts';
import { hold, outcomeOf, receive, testCommitter } from './testing/committing.ts';
import type { Row } from './testing/committing.ts';
import { forgetOld } from './background/housekeeping.ts';
import { readReservation } from './reservations/queries.ts';
import { expireBatch } from './background/expire-reservations.ts';
import { historyQuery } from './stock/queries.ts';
import { createTestStore } from './testing/api.ts';
import type { TestStore } from './testing/api.ts';

const BATCH = 256;
const PAGE = 51;

describe('beside a long past the api reads what it needs and no more', function () {
  this.timeout(60_000);
  let store: TestStore;
  let row: Row & { readonly id: string };
  before(async () => {
    store = await createTestStore();
    const [id = ''] = await fillPast(store.pool, { rows: 2_500, events: 25_000 });
    await appendStockEvents(store.pool, { stockIds: [id], each: 2 * PAGE });
    const { rows: [found] } = await store.pool.query<Row>(
      'SELECT product_id AS "productId", store_id AS "storeId" FROM stock WHERE id = $1', [id]);
    row = { id, ...found ?? { productId: '', storeId: '' } };
  });
  after(() => store.close());

  it('to expire lapsed holds, beside thousands that have not lapsed', async () => {
    await store.pool.query(`
      INSERT INTO reservations (id, stock_id, product_id, store_id, customer_id, quantity, status, expires_at, created_by)
      SELECT gen_random_uuid(), s.id, s.product_id, s.store_id, 'cust-' || n, 1, 'PENDING', now() + interval '1 hour', 'test'
      FROM stock s CROSS JOIN generate_series(1, 2) n`);
    const committer = testCommitter(store.url);
    try {
      await outcomeOf(committer, receive(row, 2 * BATCH));
      const due = Array.from({ length: BATCH + 10 }, () => v7());
      await Promise.all(due.map((reservationId) => outcomeOf(committer, hold(row, 1, { reservationId }))));
      await store.pool.query('UPDATE reservations SET expires_at = now() - interval \'1 second\' WHERE id = ANY ($1)', [due]);
      await store.pool.query('ANALYZE');
      const plans = await plansOf(store.url, async (db) => {
        expect(await expireBatch({ db, committer }), 'a full batch').to.equal('more');
        expect(await expireBatch({ db, committer }), 'the rest, and when the next is due').to.be.a('number');
      });
      expectSmallPlans(plans, BATCH);
    } finally {
      await committer.stop();
    }
  });

  it('to show what was decided about replays, beside all that operators have decided', async () => {
    await store.pool.query(`INSERT INTO operator_actions (actor, via, action, subjects)
      SELECT 'boss', 'api', kind, ARRAY['r' || n] FROM generate_series(1, 3000) n CROSS JOIN unnest('{replay.pause,parked.skip}'::text[]) kind`);
    await store.pool.query('ANALYZE operator_actions');
    const plans = await plansOf(store.url, async (db) => {
      const decisions = await decisionsAbout(db, ['r7', 'r8', 'none']);
      expect([...decisions.values()].map(({ length }) => length)).to.deep.equal([1, 1, 0]);
    });
    expectSmallPlans(plans, 10);
  });

  it('to show availability, a hold, and a page of a row\'s history and of the log', async () => {
    const { rows: [sold] } = await store.pool.query<{ id: string }>('SELECT id FROM reservations WHERE stock_id = $1 LIMIT 1', [row.id]);
    const plans = await plansOf(store.url, async (db) => {
      expect((await readSnapshots(db, [row.productId])).get(row.productId)?.stores).to.have.length(1);
      expect((await readSnapshots(db, Array.from({ length: PAGE - 1 }, () => v7()).concat(row.productId))).size).to.equal(1);
      expect((await readReservation(db, sold?.id ?? ''))?.reservation.stockId).to.equal(row.id);
      expect(await historyQuery(db, row.id, undefined, PAGE).execute()).to.have.length(PAGE);
      expect(await historyQuery(db, row.id, 70, PAGE).execute()).to.have.length(PAGE);
      expect((await readFeed(db, {}, 10_000, PAGE)).events).to.have.length(PAGE);
    });
    expectSmallPlans(plans, PAGE);
  });

  it('to find where a replay of the last hours begins and ends', async () => {
    const plans = await plansOf(store.url, async (db) => {
      expect((await positionsOf(db, { kind: 'ago', seconds: 7200 }, { kind: 'ago', seconds: 0 })).first).to.be.above(0);
    });
    expectSmallPlans(plans, 4 * BATCH);
  });

  it('to delete old idempotency keys: one batch, found by age', async () => {
    await store.pool.query(`
      INSERT INTO idempotency_keys (principal, operation, key, fingerprint, status, headers, response, created_at)
      SELECT 'cust-' || n % 100, 'test', n::text, '\\x00', 201, '{}', '\\x00', now() - n * interval '6 seconds'
      FROM generate_series(1, 30000) n`);
    await store.pool.query('ANALYZE idempotency_keys');
    const plans = await plansOf(store.url, async (db) => {
      expect(await forgetOld(db)).to.equal('more');
    });
    expectSmallPlans(plans, 1_000);
  });
});
