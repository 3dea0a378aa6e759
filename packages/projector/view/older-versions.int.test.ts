import { expect } from 'chai';
import { TEST_EPOCH } from '@inventory/db/testing/database.ts';
import { FULL_FIELD, productKey } from '@inventory/view/keys.ts';
import { rewriteInUnits, TODAY_VERSION, UNITS_VERSION, unitsHistory } from '@inventory/domain/testing/past-versions.ts';
import { appendStockEvents } from '@inventory/testkit/log/fixture.ts';
import { productIds } from './log-snapshot.ts';
import { foldLog } from '../verify/fold.ts';
import { rebuild } from '../rebuild/rebuild.ts';
import { sealOnce } from '../seal/cycle.ts';
import { addProducts, createWorkbench, dumpView, expectedView } from '../testing/workbench.ts';
import type { Workbench } from '../testing/workbench.ts';
import { verifyProducts } from '../verify/verify.ts';

describe('the view of a log that older schemas have written', () => {
  let workbench: Workbench & { readonly history: typeof unitsHistory };
  beforeEach(async () => { workbench = { ...await createWorkbench(), history: unitsHistory }; });
  afterEach(() => workbench.close());

  const products = async (options?: { readonly full: false }) =>
    [...await dumpView(workbench.redis, TEST_EPOCH, options)].filter(([name]) => name !== 'stores');

  it('is right when sealed and when rebuilt, and verified and folded as right', async () => {
    const stockIds = await addProducts(workbench.pool, 3);
    await rebuild(workbench, TEST_EPOCH);
    await appendStockEvents(workbench.pool, { stockIds });
    // The newest event is one of today for some rows, and an old one for the others.
    await appendStockEvents(workbench.pool, { stockIds: stockIds.slice(0, 4) });
    await workbench.pool.query(`BEGIN; SET LOCAL session_replication_role = replica;
      ${rewriteInUnits(UNITS_VERSION, 'stream_version = 1')};
      UPDATE events SET schema_version = ${TODAY_VERSION} WHERE stream_version = 2; COMMIT`);

    expect(await sealOnce(workbench, TEST_EPOCH)).to.include({ outcome: 'sealed', unreadable: 0 });
    const view = [...await expectedView(workbench.pool)];
    // Sealing writes fields; only a rebuild or a fill declares that a hash has all of them.
    const fields = view.map(([name, value]) => [name, value.replace('["#full","1"],', '')]);
    expect(await products({ full: false })).to.deep.equal(fields);
    const ids = await productIds(workbench.db, undefined, 10);
    expect(await verifyProducts(workbench, TEST_EPOCH, ids)).to.deep.equal([]);
    // A field that is older than the newest event is compared with its own event, which is an old one.
    const { rows: [behind] } = await workbench.pool.query<{ product_id: string; store_id: string }>(
      'SELECT product_id, store_id FROM stock WHERE id = $1', [stockIds[0]]);
    const key = productKey(TEST_EPOCH, behind?.product_id ?? '');
    await workbench.redis.hdel(key, FULL_FIELD);
    await workbench.redis.hset(key, behind?.store_id ?? '', '1:1:0:0:0');
    expect(await verifyProducts(workbench, TEST_EPOCH, ids)).to.deep.equal([]);
    await workbench.redis.hset(key, behind?.store_id ?? '', '1:2:0:0:0');
    expect(await verifyProducts(workbench, TEST_EPOCH, ids)).to.have.length(1);
    for await (const { faults } of foldLog(workbench)) expect(faults).to.deep.equal([]);

    await workbench.redis.flushall();
    await rebuild(workbench, TEST_EPOCH);
    expect(await products()).to.deep.equal(view);
  });
});
