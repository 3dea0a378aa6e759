import { expect } from 'chai';
import type pg from 'pg';
import { TEST_EPOCH } from '@inventory/db/testing/database.ts';
import { addStockRows, appendStockEvents } from '@inventory/testkit/log/fixture.ts';
import { startNats } from '@inventory/testkit/servers/services.ts';
import type { Service } from '@inventory/testkit/servers/service.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { readSource } from '@inventory/view/source.ts';
import { rebuild } from '../rebuild/rebuild.ts';
import { madeUpEvents } from '../testing/deliveries.ts';
import { createFastWay } from '../testing/fast-way.ts';
import { createWorkbench, dumpView, expectedView } from '../testing/workbench.ts';
import type { Workbench } from '../testing/workbench.ts';
import { createBrought } from './brought.ts';
import type { BroughtPositions } from './brought.ts';
import type { Applied } from './cycle.ts';
import { sealOnce } from './cycle.ts';

describe('what the stream has brought', function () {
  this.timeout(60_000);
  let workbench: Workbench;
  let stockIds: readonly string[];
  let source: string;
  beforeEach(async () => {
    workbench = await createWorkbench();
    stockIds = await addStockRows(workbench.pool, { rows: 4 });
    await appendStockEvents(workbench.pool, { stockIds });
    expect((await rebuild(workbench, TEST_EPOCH)).result).to.equal('done');
    source = await readSource(workbench.redis);
  });
  afterEach(() => workbench.close());

  const isWhole = async (): Promise<boolean> => {
    const view = new Map(await dumpView(workbench.redis, TEST_EPOCH));
    view.delete('stores');
    return JSON.stringify([...view]) === JSON.stringify([...await expectedView(workbench.pool)]);
  };
  const positionsAfter = async (position: number): Promise<readonly number[]> =>
    (await workbench.pool.query<{ position: number }>('SELECT position::int AS position FROM events WHERE position > $1 ORDER BY position', [position]))
      .rows.map((row) => row.position);
  function sealer() {
    let applied: Applied | undefined;
    return (brought?: BroughtPositions) =>
      sealOnce({ ...workbench, applied, brought, onApplied: (now) => { applied = now; } }, TEST_EPOCH);
  }

  it('is left out by sealing, and no event that it has not brought', async () => {
    const seal = sealer();
    await appendStockEvents(workbench.pool, { stockIds });
    const positions = await positionsAfter(4);
    expect(positions).to.have.length(4);
    // That the view lacks them shows who has read what: a consumption would have written them.
    expect(await seal({ epoch: TEST_EPOCH, source, positions })).to.include({ outcome: 'sealed', from: 4, to: 8, stale: 0 });
    expect(await isWhole(), 'left out').to.equal(false);
    await appendStockEvents(workbench.pool, { stockIds });
    const [, second = 0] = await positionsAfter(8);
    const cycle = await seal({ epoch: TEST_EPOCH, source, positions: [second] });
    expect(cycle).to.include({ outcome: 'sealed', to: 12 });
    expect(await isWhole(), 'read from the first one on that was not brought').to.equal(true);
  });

  it('counts for the Redis and the epoch that it was written to, and for no other', async () => {
    for (const other of [{ source: 'another Redis', epoch: TEST_EPOCH }, { source, epoch: '00000000.2' }]) {
      const before = (await positionsAfter(0)).length;
      await appendStockEvents(workbench.pool, { stockIds });
      await sealer()({ ...other, positions: await positionsAfter(before) });
      expect(await isWhole(), JSON.stringify(other)).to.equal(true);
    }
  });

  it('hides nothing that was in flight before it', async () => {
    const seal = sealer();
    const [held = '', ...others] = stockIds;
    const client: pg.PoolClient = await workbench.pool.connect();
    await client.query('BEGIN');
    const { rows: [late] } = await client.query<{ position: number }>(`
      WITH row AS (UPDATE stock SET quantity = quantity + 1, version = version + 1 WHERE id = $1 RETURNING *)
      INSERT INTO events (id, event_type, store_id, aggregate_id, payload, stream_id, stream_version)
      SELECT gen_random_uuid(), 'stock.updated', store_id, product_id, jsonb_build_object(
        'stock_id', id, 'product_id', product_id, 'store_id', store_id, 'quantity', quantity, 'reserved', reserved,
        'available', quantity - reserved, 'version', version, 'delta', 1, 'reserved_delta', 0, 'reason', 'RESTOCK',
        'user_id', 'test', 'reference', null, 'note', null, 'occurred_at', null), id, version FROM row
      RETURNING position::int AS position`, [held]);
    await appendStockEvents(workbench.pool, { stockIds: others });
    const positions = await positionsAfter(4);
    expect(positions).to.have.length(3).and.not.include(late?.position);
    expect(await seal({ epoch: TEST_EPOCH, source, positions })).to.include({ outcome: 'sealed', to: 4 });
    expect(await seal(), 'nothing is forgotten between two cycles').to.include({ outcome: 'sealed', to: 4, stale: 0 });
    await client.query('COMMIT');
    client.release();
    const cycle = await seal();
    expect(cycle).to.include({ outcome: 'sealed', to: 8 });
    // The page that begins with it has the others as well.
    expect(await isWhole()).to.equal(true);
  });

  it('is known by the connection on which it was written, while that lives', async () => {
    const brought = createBrought(workbench.redis);
    await eventually(() => { expect(brought.way()).to.deep.equal({ source }); });
    const way = brought.way();
    brought.add(way, TEST_EPOCH, [7, 5]);
    brought.add(way, TEST_EPOCH, [6, 5]);
    expect(brought.take()).to.deep.equal({ epoch: TEST_EPOCH, source, positions: [5, 6, 7] });
    expect(brought.take(), 'once').to.equal(undefined);

    workbench.redis.disconnect(true);
    await eventually(() => { expect(brought.way()).not.to.equal(way); });
    await eventually(() => { expect(brought.way()).to.deep.equal({ source }); });
    brought.add(way, TEST_EPOCH, [8]);
    expect(brought.take(), 'answered on a connection that is gone').to.equal(undefined);
    brought.add(undefined, TEST_EPOCH, [9]);
    expect(brought.take(), 'sent before it was known where to').to.equal(undefined);
  });
});

describe('a consumption', function () {
  this.timeout(60_000);
  let server: Service;
  before(async () => { server = await startNats(); });
  after(() => server.stop());

  it('tells of each event that is in the view by then', async () => {
    const way = await createFastWay(server);
    try {
      const brought = createBrought(way.workbench.redis);
      await eventually(() => { expect(brought.way()).not.to.equal(undefined); });
      await way.makeStream();
      way.consume({ brought });
      await way.publishAll(madeUpEvents(3, 2));
      await way.send('stock.updated', { id: 'c0ffee00-0000-4000-8000-000000000000', position: 99 }, '{}');
      await way.settled(7);
      expect(brought.take()).to.deep.include({ epoch: TEST_EPOCH, positions: [1, 2, 3, 4, 5, 6] });
    } finally {
      await way.close();
    }
  });
});
