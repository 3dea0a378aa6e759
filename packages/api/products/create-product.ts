/** A new product, and the event that tells of it, in one transaction. */
import { appendCatalogueEvent } from '@inventory/db/append.ts';
import type { Database } from '@inventory/db/pool.ts';
import type { ProductRow } from './row.ts';

export interface NewProduct {
  readonly id: string;
  readonly sku: string;
  readonly name: string;
  readonly description: string | null;
  readonly category: string | null;
  /** A decimal string with two places. */
  readonly price: string;
}

/**
 * Inserts it in the caller's transaction. It waits for somebody who is taking the same SKU at this moment.
 * @returns undefined when the SKU, or the id, is taken already: nothing was written then
 */
export async function insertProduct(
  trx: Database, product: NewProduct, event: { readonly id: string; readonly metadata: object },
): Promise<ProductRow | undefined> {
  const inserted = await trx.insertInto('products').values(product)
    .onConflict((conflict) => conflict.doNothing()).returningAll().executeTakeFirst();
  if (inserted === undefined) return undefined;
  const { id, ...fields } = product;
  await appendCatalogueEvent(trx, {
    ...event,
    event: { type: 'product.created', payload: { product_id: id, ...fields, version: inserted.version } },
  });
  return inserted;
}

/** @returns false when the SKU, or the id, is taken already: nothing was written then */
export function createProduct(
  db: Database, product: NewProduct, event: { readonly id: string; readonly metadata: object },
): Promise<boolean> {
  return db.transaction().execute(async (trx) => await insertProduct(trx, product, event) !== undefined);
}
