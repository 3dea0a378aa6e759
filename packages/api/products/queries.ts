/** Products, one or a page of them. */
import type { Database } from '@inventory/db/pool.ts';
import type { ProductRow } from './row.ts';

export function readProduct(db: Database, id: string): Promise<ProductRow | undefined> {
  return db.selectFrom('products').selectAll().where('id', '=', id).executeTakeFirst();
}

export interface ProductFilter {
  readonly sku?: string | undefined;
  readonly archived: boolean;
}

/** Products by their id, from behind `after`: in the order in which they were made, as far as we made their ids. */
export function readProducts(
  db: Database, filter: ProductFilter, after: string | undefined, size: number,
): Promise<readonly ProductRow[]> {
  let query = db.selectFrom('products').selectAll().where('archived_at', filter.archived ? 'is not' : 'is', null);
  if (filter.sku !== undefined) query = query.where('sku', '=', filter.sku);
  if (after !== undefined) query = query.where('id', '>', after);
  return query.orderBy('id').limit(size).execute();
}
