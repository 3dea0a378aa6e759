/** A new product and its event, in the caller's transaction: for the endpoint and for the seed. */
import { appendCatalogueEvent } from '@inventory/db/formats/append.ts';
import type { Database } from '@inventory/db/pool.ts';
import { refuse } from '@inventory/domain/errors.ts';
import type { CatalogueOutcome } from '../commit/catalogue-transaction.ts';
import type { ProductRow } from './row.ts';

interface NewProduct {
  readonly id: string;
  readonly sku: string;
  readonly name: string;
  readonly description: string | null;
  readonly category: string | null;
  /** A decimal string with two places. */
  readonly price: string;
}

/** Inserts it, or refuses a taken SKU or id with sku_taken before it has written anything. Waits for a rival. */
export async function insertProduct(
  trx: Database, product: NewProduct, event: { readonly id: string; readonly metadata: object },
): Promise<CatalogueOutcome<ProductRow>> {
  const inserted = await trx.insertInto('products').values(product)
    .onConflict((conflict) => conflict.doNothing()).returningAll().executeTakeFirst();
  if (inserted === undefined) return refuse('sku_taken', `Another product has the SKU ${product.sku}.`);
  const { id, ...fields } = product;
  await appendCatalogueEvent(trx, {
    ...event,
    event: { type: 'product.created', payload: { product_id: id, ...fields, version: inserted.version } },
  });
  return { ok: true, value: inserted };
}
