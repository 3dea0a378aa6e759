/** Tests only: a view that is built and may be sealed, and what it must hold. */
import { expect } from 'chai';
import { TEST_EPOCH } from '@inventory/db/testing/database.ts';
import { decodeStock } from '@inventory/view/codec.ts';
import { productKey } from '@inventory/view/keys.ts';
import { appendStockEvents } from '@inventory/testkit/log/fixture.ts';
import { rebuild } from '../rebuild/rebuild.ts';
import { addProducts, dumpView, expectedView } from './workbench.ts';
import type { Workbench } from './workbench.ts';

/** The view of products only: what expectedView speaks of. */
export async function productsOf(workbench: Workbench): Promise<ReadonlyMap<string, string>> {
  const view = new Map(await dumpView(workbench.redis, TEST_EPOCH));
  view.delete('stores');
  return view;
}

export async function expectWholeView(workbench: Workbench): Promise<void> {
  expect([...await productsOf(workbench)]).to.deep.equal([...await expectedView(workbench.pool)]);
}

export async function stockAt(workbench: Workbench, stockId: string) {
  const { product_id, store_id } = await workbench.db.selectFrom('stock').select(['product_id', 'store_id'])
    .where('id', '=', stockId).executeTakeFirstOrThrow();
  const text = await workbench.redis.hget(productKey(TEST_EPOCH, product_id), store_id);
  return text === null ? undefined : decodeStock(text);
}

/** Products with a first event in every store, and the view built. */
export async function startWithView(workbench: Workbench, products: number): Promise<readonly string[]> {
  const stockIds = await addProducts(workbench.pool, products);
  await appendStockEvents(workbench.pool, { stockIds });
  expect((await rebuild(workbench, TEST_EPOCH)).result).to.equal('done');
  return stockIds;
}
