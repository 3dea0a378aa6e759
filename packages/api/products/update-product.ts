/** What becomes of a product: it is changed, or archived. Each with its event, in the caller's transaction. */
import { appendCatalogueEvent } from '@inventory/db/append.ts';
import type { Database } from '@inventory/db/pool.ts';
import { refuse } from '@inventory/domain/errors.ts';
import { sql } from 'kysely';
import type { CatalogueOutcome } from '../commit/catalogue-transaction.ts';
import type { EventCause } from '../http/endpoint/submit.ts';
import type { ProductRow } from './row.ts';
import { productPayload } from './row.ts';

export interface ProductPatch {
  readonly sku?: string | undefined;
  readonly name?: string | undefined;
  readonly description?: string | null | undefined;
  readonly category?: string | null | undefined;
  readonly price?: string | undefined;
}

export type PatchedProduct = CatalogueOutcome<ProductRow>;

/**
 * Locks the product, not against those that only refer to it: a stronger lock would deadlock with the foreign keys of
 * reservations (DESIGN §4). A first receipt, which locks it FOR SHARE, waits.
 */
function lockProduct(trx: Database, id: string): Promise<ProductRow | undefined> {
  return trx.selectFrom('products').selectAll().where('id', '=', id).forNoKeyUpdate().executeTakeFirst();
}

function versionMismatch(product: ProductRow, expected: number): PatchedProduct {
  return refuse('version_mismatch', `The product is at version ${product.version}, not ${expected}.`, {
    current_version: product.version,
  });
}

/**
 * Changes some members of a product that is not archived. What leaves it as it is is no change: no event, the same
 * version.
 */
export async function patchProduct(
  trx: Database, id: string, patch: ProductPatch, expected: number | undefined, event: EventCause,
): Promise<PatchedProduct> {
  const before = await lockProduct(trx, id);
  if (before === undefined || before.archived_at !== null) return refuse('not_found', 'There is no such product.');
  if (expected !== undefined && expected !== before.version) return versionMismatch(before, expected);
  const { id: _id, ...now } = { ...before, ...definedOf(patch) };
  const members = ['sku', 'name', 'description', 'category', 'price'] as const;
  const changed = members.filter((member) => now[member] !== before[member]);
  if (changed.length === 0) return { ok: true, value: before };
  if (changed.includes('sku') && await isTaken(trx, now.sku)) {
    return refuse('sku_taken', `Another product has the SKU ${now.sku}.`);
  }
  const product = await trx.updateTable('products')
    .set({
      sku: now.sku, name: now.name, description: now.description, category: now.category, price: now.price,
      version: before.version + 1, updated_at: sql<Date>`clock_timestamp()`,
    })
    .where('id', '=', id).returningAll().executeTakeFirstOrThrow();
  await appendCatalogueEvent(trx, { ...event, event: { type: 'product.updated', payload: productPayload(product) } });
  return { ok: true, value: product };
}

/** Somebody may take it behind our back: then the unique index refuses, and the change is made once more. */
async function isTaken(trx: Database, sku: string): Promise<boolean> {
  return await trx.selectFrom('products').select('id').where('sku', '=', sku).executeTakeFirst() !== undefined;
}

function definedOf(patch: ProductPatch): Partial<ProductRow> {
  return Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined));
}

/**
 * Archives a product: it keeps its history and its SKU, and receives nothing any more. Refused while a store has any of
 * it; what is held is in stock. One that is archived stays so.
 */
export async function archiveProduct(
  trx: Database, id: string, expected: number | undefined, event: EventCause,
): Promise<PatchedProduct> {
  const before = await lockProduct(trx, id);
  if (before === undefined) return refuse('not_found', 'There is no such product.');
  if (before.archived_at !== null) return { ok: true, value: before };
  if (expected !== undefined && expected !== before.version) return versionMismatch(before, expected);
  // A statement of its own, under the lock: a receipt for an empty row holds the product until it is committed, and is
  // seen here; one that comes later waits, and finds it archived.
  const inStock = await trx.selectFrom('stock').select('store_id')
    .where('product_id', '=', id).where('quantity', '>', 0).limit(1).executeTakeFirst();
  if (inStock !== undefined) return refuse('in_use', `The store ${inStock.store_id} has some of it in stock.`);
  const product = await trx.updateTable('products')
    .set({
      archived_at: sql<Date>`clock_timestamp()`, updated_at: sql<Date>`clock_timestamp()`, version: before.version + 1,
    })
    .where('id', '=', id).returningAll().executeTakeFirstOrThrow();
  await appendCatalogueEvent(trx, { ...event, event: { type: 'product.archived', payload: productPayload(product) } });
  return { ok: true, value: product };
}
