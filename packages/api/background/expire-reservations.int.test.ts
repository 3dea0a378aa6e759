import type { Client } from '@inventory/testkit/http/client.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { expectInvariants } from '@inventory/testkit/invariants/invariants.ts';
import { captureLog } from '@inventory/runtime/testing/log.ts';
import { expect } from 'chai';
import { addStockRows } from '@inventory/testkit/log/fixture.ts';
import { expectSmallPlans, plansOf } from '@inventory/testkit/servers/plans.ts';
import { eventsOf, hold, outcomeOf, receive, refOf, stockOf, testCommitter } from '../testing/committing.ts';
import type { Row } from '../testing/committing.ts';
import { addProduct, admin, createTestStore, customer, startTestApi } from '../testing/api.ts';
import type { TestApi } from '../testing/api.ts';
import { expireBatch, startSweeper } from './expire-reservations.ts';

describe('a lapsed hold', () => {
  let api: TestApi;
  let shopper: Client;
  let row: Row;
  before(async () => {
    api = await startTestApi();
    shopper = await api.as(customer);
  });
  beforeEach(async () => {
    row = { productId: await addProduct(api.db), storeId: 'MAD-001' };
    await api.committer.submit(receive(row, 5));
  });
  after(() => api.close());

  const order = () => ({ product_id: row.productId, store_id: row.storeId, quantity: 5, customer_id: customer.userId });
  const types = async () => (await eventsOf(api.pool, row.productId)).map(({ type }) => type).slice(1);

  /** A hold of all five units, moved in time: it lapsed so many ms ago. Its row differs from its event now. */
  async function ranOut(msAgo: number): Promise<string> {
    const { body } = await shopper.post('/reservations', order());
    const id = String(body['reservation_id']);
    await api.pool.query(
      `UPDATE reservations SET expires_at = date_trunc('milliseconds', clock_timestamp()) - make_interval(secs => $2::float8 / 1000)
       WHERE id = $1`, [id, msAgo]);
    return id;
  }

  describe('with no sweeper', () => {
    it('reads EXPIRED at once, with no time left, though its row says PENDING', async () => {
      const id = await ranOut(1);
      const { body } = await shopper.get(`/reservations/${id}`);
      expect(body).to.deep.include({ status: 'EXPIRED', expires_in_seconds: 0 });
      expect(await types()).to.deep.equal(['reservation.created']);
    });

    it('cannot be confirmed one millisecond late (row 84)', async () => {
      const id = await ranOut(1);
      const answer = await shopper.post(`/reservations/${id}/confirm`);
      expect([answer.status, answer.body['code']]).to.deep.equal([409, 'reservation_expired']);
      expect((await shopper.get(`/reservations/${id}`)).body['status']).to.equal('EXPIRED');
      expect(await types(), 'the decision that met it wrote its end').to.deep.equal(
        ['reservation.created', 'reservation.expired']);
      const again = await shopper.post(`/reservations/${id}/confirm`);
      expect([again.status, again.body['code']]).to.deep.equal([409, 'reservation_expired']);
    });

    it('cannot be cancelled either, and lapses exactly at its end', async () => {
      const id = await ranOut(0);
      const answer = await shopper.post(`/reservations/${id}/cancel`);
      expect([answer.status, answer.body['code']]).to.deep.equal([409, 'reservation_expired']);
    });

    it('has its units free for the next customer, whose request causes its event', async () => {
      await ranOut(1);
      const answer = await shopper.post('/reservations', order(), { headers: { 'x-request-id': 'next-1' } });
      expect(answer.status).to.equal(201);
      expect(await stockOf(api.pool, row)).to.deep.equal({ quantity: 5, reserved: 5, version: 4 });
      const events = (await eventsOf(api.pool, row.productId)).slice(2);
      expect(events.map(({ type, actor, name }) => [type, actor, name])).to.deep.equal([
        ['reservation.expired', 'system', 'next-1'], ['reservation.created', await refOf(api.pool, customer.userId), 'next-1'],
      ]);
    });

    it('has its units free for a sale at the counter', async () => {
      await ranOut(1);
      const sale = { product_id: row.productId, store_id: row.storeId, quantity_change: -5, reason: 'SALE' };
      const answer = await (await api.as(admin)).post('/stock', sale);
      expect(answer.body).to.deep.include({ quantity: 0, reserved: 0 });
    });

    it('is still a hold a second before', async () => {
      const id = await ranOut(-1000);
      expect((await shopper.get(`/reservations/${id}`)).body['status']).to.equal('PENDING');
      expect((await shopper.post('/reservations', order())).status).to.equal(409);
    });
  });

  describe('with sweepers', () => {
    it('is expired once, by any of several', async () => {
      await ranOut(1);
      await Promise.all(Array.from({ length: 5 }, () => expireBatch(api)));
      expect(await types()).to.deep.equal(['reservation.created', 'reservation.expired']);
      expect(await stockOf(api.pool, row)).to.deep.equal({ quantity: 5, reserved: 0, version: 3 });
    });

    it('is expired without waiting for one whose row is locked elsewhere', async () => {
      const free = { productId: await addProduct(api.db), storeId: 'BCN-001' };
      await api.committer.submit(receive(free, 1));
      await ranOut(1);
      await outcomeOf(api.committer, hold(free, 1, { ttlSeconds: 0.001 }));
      const holder = await api.pool.connect();
      await holder.query('BEGIN');
      await holder.query('SELECT 1 FROM stock WHERE product_id = $1 FOR UPDATE', [row.productId]);
      const sweeper = startSweeper({ ...api, log: captureLog().log });
      try {
        await eventually(async () => {
          expect((await eventsOf(api.pool, free.productId)).at(-1)?.type).to.equal('reservation.expired');
        }, { timeoutMs: 3000 });
        expect(await types()).to.deep.equal(['reservation.created']);
        await holder.query('ROLLBACK');
        await eventually(async () => {
          expect(await types()).to.deep.equal(['reservation.created', 'reservation.expired']);
        }, { timeoutMs: 3000 });
      } finally {
        await holder.query('ROLLBACK');
        holder.release();
        await sweeper.stop();
      }
    });
  });

  it('is left for later while its stock row is locked, and delays no other', async () => {
    const locked = await ranOut(2000);
    const held = row;
    row = { productId: await addProduct(api.db), storeId: 'MAD-001' };
    await api.committer.submit(receive(row, 5));
    const free = await ranOut(1000);
    const holder = await api.pool.connect();
    try {
      await holder.query('BEGIN');
      await holder.query('SELECT 1 FROM stock WHERE product_id = $1 FOR UPDATE', [held.productId]);
      expect(await expireBatch(api), 'when to come again').to.be.within(1, 500);
      const { rows } = await api.pool.query<{ id: string; status: string }>(
        'SELECT id, status FROM reservations WHERE id = ANY ($1) ORDER BY expires_at', [[locked, free]]);
      expect(rows.map(({ status }) => status)).to.deep.equal(['PENDING', 'EXPIRED']);
    } finally {
      await holder.query('ROLLBACK');
      holder.release();
    }
    await expireBatch(api);
    expect((await eventsOf(api.pool, held.productId)).at(-1)?.type).to.equal('reservation.expired');
  });
});

describe('two sweepers', () => {
  let api: TestApi;
  before(async () => { api = await startTestApi(); });
  after(() => expectInvariants(api.db).finally(() => api.close()));

  it('expire every hold within a second of its deadline, whenever it was made', async () => {
    const rows = await Promise.all(['MAD-001', 'BCN-001', 'VAL-001'].map(async (storeId) => {
      const row = { productId: await addProduct(api.db), storeId };
      await api.committer.submit(receive(row, 100));
      return row;
    }));
    const sweepers = [1, 2].map(() => startSweeper({ ...api, log: captureLog().log }));
    try {
      const holds = rows.flatMap((row) => Array.from({ length: 40 }, (_, n) => hold(row, 1, { ttlSeconds: 0.02 + n * 0.05 })));
      await Promise.all(holds.map((command) => api.committer.submit(command)));
      await eventually(async () => {
        const { rows: [left] } = await api.pool.query<{ n: number }>(`SELECT count(*)::int AS n FROM reservations WHERE status = 'PENDING'`);
        expect(left?.n).to.equal(0);
      });
    } finally {
      await Promise.all(sweepers.map((sweeper) => sweeper.stop()));
    }
    const { rows: [late] } = await api.pool.query<{ n: number; least: number; most: number }>(`
      SELECT count(*)::int AS n, min(ms)::float8 AS least, max(ms)::float8 AS most
      FROM (SELECT extract(epoch FROM closed_at - expires_at) * 1000 AS ms FROM reservations WHERE status = 'EXPIRED') late`);
    expect(late?.n).to.equal(120);
    expect(late?.least).to.be.at.least(0);
    expect(late?.most, 'milliseconds late').to.be.below(1000);
  });
});

const OPEN_HOLDS = 10_000;

describe('a look for lapsed holds', () => {
  it('reads the first of the open ones, however many there are, and whatever the statistics know', async () => {
    const store = await createTestStore();
    const committer = testCommitter(store.url);
    try {
      await addStockRows(store.pool, { rows: 1 });
      await store.pool.query('ANALYZE');
      for (let made = 0; made < OPEN_HOLDS; made += 2_500) await store.pool.query(`
        INSERT INTO reservations (id, stock_id, product_id, store_id, customer_id, quantity, status, expires_at, created_by)
        SELECT gen_random_uuid(), id, product_id, store_id, 'cust-' || n, 1, 'PENDING', clock_timestamp() + interval '1 hour', 'test'
        FROM stock, generate_series(1, 2500) n`);
      const plans = await plansOf(store.url, async (db) => {
        expect(await expireBatch({ db, committer })).to.be.a('number').and.above(0);
      });
      expect(plans).to.have.length(1);
      expectSmallPlans(plans, 1);
    } finally {
      await committer.stop();
      await store.close();
    }
  });
});
