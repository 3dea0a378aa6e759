import { expect } from 'chai';
import pg from 'pg';
import { productKey } from '@inventory/view/keys.ts';
import { TEST_EPOCH } from '@inventory/db/testing/database.ts';
import { addStockRows, appendStockEvents } from '@inventory/testkit/log/fixture.ts';
import { fillPast } from '@inventory/testkit/log/past.ts';
import { expectSmallPlans, plansOf } from '@inventory/testkit/servers/plans.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { rebuild } from '../rebuild/rebuild.ts';
import { createWorkbench, dumpView, expectedView } from '../testing/workbench.ts';
import type { Workbench } from '../testing/workbench.ts';
import type { Applied } from './cycle.ts';
import { sealOnce } from './cycle.ts';

/** A session that is not ours: it has drawn positions, and does not end. */
interface Foreign {
  /** Its events, to be committed; the first is what holds the log back. */
  readonly positions: readonly number[];
  readonly commit: () => Promise<void>;
  readonly rollBack: () => Promise<void>;
}

describe('sealing while a session that is not ours holds the log back', function () {
  this.timeout(60_000);
  let workbench: Workbench;
  let open: pg.Client[] = [];
  beforeEach(async () => { workbench = await createWorkbench(); });
  afterEach(async () => {
    await Promise.all(open.map((client) => client.end()));
    open = [];
    await workbench.close();
  });

  /** Changes some stock rows, an event each, and leaves the transaction open. */
  async function write(stockIds: readonly string[]): Promise<Foreign> {
    const client = new pg.Client({ connectionString: workbench.url });
    client.on('error', () => undefined);
    open.push(client);
    await client.connect();
    await client.query('BEGIN');
    const { rows } = await client.query<{ position: string }>(`
      WITH row AS (UPDATE stock SET quantity = quantity + 1, version = version + 1 WHERE id = ANY ($1::uuid[]) RETURNING *)
      INSERT INTO events (id, event_type, store_id, aggregate_id, payload, stream_id, stream_version)
      SELECT gen_random_uuid(), 'stock.updated', store_id, product_id, jsonb_build_object(
        'stock_id', id, 'product_id', product_id, 'store_id', store_id, 'quantity', quantity, 'reserved', reserved,
        'available', quantity - reserved, 'version', version, 'delta', 1, 'reserved_delta', 0, 'reason', 'RESTOCK',
        'user_id', 'test', 'reference', null, 'note', null, 'occurred_at', null), id, version FROM row
      RETURNING position`, [stockIds]);
    return {
      positions: rows.map(({ position }) => Number(position)),
      commit: async () => { await client.query('COMMIT'); },
      rollBack: async () => { await client.query('ROLLBACK'); },
    };
  }
  /** Stock rows with a first event each, in a view that is built. */
  async function begin(rows: number): Promise<readonly string[]> {
    const stockIds = await addStockRows(workbench.pool, { rows });
    await appendStockEvents(workbench.pool, { stockIds });
    expect((await rebuild(workbench, TEST_EPOCH)).result).to.equal('done');
    return stockIds;
  }
  async function viewIsWhole(): Promise<void> {
    const view = new Map(await dumpView(workbench.redis, TEST_EPOCH));
    view.delete('stores');
    expect([...view]).to.deep.equal([...await expectedView(workbench.pool)]);
  }
  /** A sealer as far as memory goes: each cycle knows what the ones before it have applied. */
  function sealer() {
    let applied: Applied | undefined;
    return {
      seal: (db = workbench.db) => sealOnce({ ...workbench, db, applied, onApplied: (now) => { applied = now; } }, TEST_EPOCH),
      applied: () => applied,
    };
  }

  it('reads what is new, and not again what it has read since', async () => {
    await fillPast(workbench.pool, { rows: 5_000, events: 10_000 });
    const [held = '', ...stockIds] = await begin(101);
    const foreign = await write([held]);
    const { seal } = sealer();
    await appendStockEvents(workbench.pool, { stockIds, each: 150 });
    expect(await seal()).to.include({ outcome: 'sealed', to: Number(foreign.positions[0]) - 1 });
    await appendStockEvents(workbench.pool, { stockIds, each: 2 });
    const plans = await plansOf(workbench.url, async (db) => {
      expect(await seal(db)).to.include({ outcome: 'sealed', to: Number(foreign.positions[0]) - 1 });
    });
    expectSmallPlans(plans, 2 * stockIds.length);
    await viewIsWhole();
    const idle = await plansOf(workbench.url, async (db) => { expect(await seal(db)).to.include({ outcome: 'sealed' }); });
    // Of the others, one lists the locks of all sessions.
    expectSmallPlans(idle.filter(({ statement }) => statement.includes('int8multirange')), 20);
    await foreign.commit();
    await seal();
    await viewIsWhole();
  });

  it('brings what others commit in between meanwhile, and what the session commits at last', async () => {
    const [held = '', slow = '', quick = '', ...rest] = await begin(10);
    const { seal, applied } = sealer();
    const foreign = await write([held]);
    await appendStockEvents(workbench.pool, { stockIds: [quick] });
    const other = await write([slow]);
    await appendStockEvents(workbench.pool, { stockIds: rest });
    const before = Number(foreign.positions[0]) - 1;
    expect(await seal()).to.include({ outcome: 'sealed', to: before });
    expect(applied()?.unread, 'the two that are in flight, and what is behind the newest').to.match(/^\{\[\d+,\d+\),\[\d+,\d+\),\[\d+,\)\}$/);
    await viewIsWhole();

    await other.commit();
    expect(await seal()).to.include({ outcome: 'sealed', to: before });
    await viewIsWhole();
    await foreign.commit();
    expect(await seal()).to.include({ outcome: 'sealed', to: before + 10 });
    expect(applied()?.unread).to.equal(`{[${before + 11},)}`);
    await viewIsWhole();
  });

  it('brings thousands that were committed at one place', async () => {
    const stockIds = await begin(6_500);
    const { seal } = sealer();
    const foreign = await write(stockIds.slice(0, 6_400));
    await appendStockEvents(workbench.pool, { stockIds: stockIds.slice(6_400), each: 3 });
    await seal();
    await viewIsWhole();
    await foreign.commit();
    await eventually(async () => { expect(await seal()).to.include({ outcome: 'sealed', to: 6_500 + 6_400 + 300 }); });
    await viewIsWhole();
  });

  it('remembers a bounded number of places, and reads what is behind them again', async () => {
    const stockIds = await begin(2_500);
    const { seal, applied } = sealer();
    const foreign = await write(stockIds.slice(0, 1));
    // Every other position was drawn by somebody who has rolled back.
    await workbench.pool.query(`
      WITH row AS (UPDATE stock SET quantity = quantity + 1, version = version + 1 WHERE id = ANY ($1::uuid[]) RETURNING *)
      INSERT INTO events (id, event_type, store_id, aggregate_id, payload, stream_id, stream_version)
      SELECT gen_random_uuid(), 'stock.updated', store_id, product_id, jsonb_build_object('drawn', nextval('events_position'),
        'stock_id', id, 'product_id', product_id, 'store_id', store_id, 'quantity', quantity, 'reserved', reserved,
        'available', quantity - reserved, 'version', version, 'delta', 1, 'reserved_delta', 0, 'reason', 'RESTOCK',
        'user_id', 'test', 'reference', null, 'note', null, 'occurred_at', null), id, version FROM row`, [stockIds.slice(1)]);
    for (let n = 0; n < 2; n += 1) {
      await seal();
      expect(applied()?.unread.split('),').length).to.be.within(900, 1_001);
      await viewIsWhole();
    }
    await foreign.commit();
    await seal();
    await viewIsWhole();
  });

  it('applies all of it again where Redis has lost it, or is another one', async () => {
    const [held = '', ...stockIds] = await begin(10);
    const sealing = workbench.sealer();
    const step = () => sealing.step(new AbortController().signal);
    const foreign = await write([held]);
    await appendStockEvents(workbench.pool, { stockIds, each: 5 });
    await step();
    await viewIsWhole();
    await workbench.redis.flushall();
    await step();
    expect(sealing.facts().outcome).to.equal('lost');
    await step();
    expect(sealing.facts().outcome).to.equal('sealed');
    await viewIsWhole();
    await foreign.commit();
    await step();
    await viewIsWhole();
  });

  it('reads from P again where what was applied is another Redis\'s, another epoch\'s or beyond the end of the log', async () => {
    const [held = '', ...stockIds] = await begin(10);
    const { seal, applied } = sealer();
    await write([held]);
    await appendStockEvents(workbench.pool, { stockIds });
    await seal();
    const known = applied();
    if (known === undefined) throw new Error('a cycle has read the log');
    for (const stale of [{ ...known, source: 'another' }, { ...known, epoch: '00000000.2' }, { ...known, reached: 1_000_000 }]) {
      // Of a row that has an event behind P: that of the one that is held back is not committed.
      const { product_id: product } = await workbench.db.selectFrom('stock').select('product_id')
        .where('id', '=', stockIds[0] ?? '').executeTakeFirstOrThrow();
      await workbench.redis.del(productKey(TEST_EPOCH, product));
      await sealOnce({ ...workbench, applied: stale }, TEST_EPOCH);
      const { size } = await dumpView(workbench.redis, TEST_EPOCH);
      expect(size, 'the product is there again, if not in full').to.equal(11);
    }
  });

  it('goes on where an open end stays behind: a session that rolls back', async () => {
    const [held = '', ...stockIds] = await begin(10);
    const { seal, applied } = sealer();
    const foreign = await write([held]);
    await appendStockEvents(workbench.pool, { stockIds });
    await seal();
    await foreign.rollBack();
    expect(await seal()).to.include({ outcome: 'sealed', to: 20 });
    await appendStockEvents(workbench.pool, { stockIds });
    await seal();
    expect(applied()?.unread, 'nothing appears at or below P').to.equal('{[30,)}');
    await viewIsWhole();
  });
});
