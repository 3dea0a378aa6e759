/** Stock rows with the names of their products, and the movements of one row. */
import type { Database } from '@inventory/db/pool.ts';
import { sql } from 'kysely';
import { MOVEMENT_COLUMNS } from './movement.ts';

export interface NamedStock {
  readonly product_id: string;
  readonly store_id: string;
  readonly sku: string;
  readonly product_name: string;
  readonly quantity: number;
  readonly reserved: number;
  readonly version: number;
  readonly updated_at: Date;
}

/** Stock rows with their products; the caller adds which rows, and in what order. */
export function namedStock(db: Database) {
  return db.selectFrom('stock as s').innerJoin('products as p', 'p.id', 's.product_id').select([
    's.product_id', 's.store_id', 'p.sku', 'p.name as product_name', 's.quantity', 's.reserved', 's.version',
    's.updated_at',
  ]);
}

/**
 * The rows of a store by product, from behind `after`. `below` has no index of its own: it would have to be kept at
 * every sale, so the rows of the store are looked through instead.
 */
export function listQuery(
  db: Database, store: string, { below, product, after, size }: {
    readonly below: number | undefined; readonly product?: string | undefined; readonly after: string | undefined; readonly size: number;
  },
) {
  let query = namedStock(db).where('s.store_id', '=', store);
  if (below !== undefined) query = query.where(sql<number>`s.quantity - s.reserved`, '<', below);
  if (product !== undefined) query = query.where('s.product_id', '=', product);
  if (after !== undefined) query = query.where('s.product_id', '>', after);
  return query.orderBy('s.product_id').limit(size);
}

/** The events of one stream before a version, the newest first. */
export function historyQuery(db: Database, streamId: string, before: number | undefined, size: number) {
  const query = db.selectFrom('events').select(MOVEMENT_COLUMNS).where('stream_id', '=', streamId)
    .where('stream_version', before === undefined ? 'is not' : '<', before ?? null);
  return query.orderBy('stream_version', 'desc').limit(size);
}
