/** Products in Postgres, read in one statement, so that their names, their rows and the epoch are of one instant. */
import type { Database } from '@inventory/db/pool.ts';
import { sql } from 'kysely';
import type { ProductSnapshot } from './fill.ts';

export interface DatedSnapshot extends ProductSnapshot {
  /**
   * Everything that was committed by then is in it: the start of the transaction, which lies before its snapshot. The
   * start of the statement does not: Postgres takes the snapshot at Bind and that time at Execute, and on a busy machine a
   * write was acknowledged in between.
   */
  readonly asOf: Date;
}

interface Row {
  as_of: Date; epoch: number; product_id: string; name: string; version: number; archived: boolean;
  store_id: string | null; store_name: string; store_version: number;
  quantity: number; reserved: number; stock_version: number;
}

/**
 * LIMIT and OFFSET keep the plan on the indexes: for a hundred ids of a few thousand products it would read all of both tables.
 * @returns each product by its id; without those that do not exist
 */
export async function readSnapshots(
  db: Database, productIds: readonly string[],
): Promise<ReadonlyMap<string, DatedSnapshot>> {
  const { rows } = await sql<Row>`
    SELECT transaction_timestamp() AS as_of, log_epoch.epoch,
      p.id AS product_id, p.name, p.version, p.archived_at IS NOT NULL AS archived,
      stock.store_id, stores.name AS store_name, stores.version AS store_version,
      stock.quantity, stock.reserved, stock.version AS stock_version
    FROM unnest(${productIds}::uuid[]) AS asked (id)
    CROSS JOIN LATERAL (SELECT * FROM products WHERE products.id = asked.id LIMIT 1) AS p
    CROSS JOIN log_epoch
    LEFT JOIN LATERAL (SELECT * FROM stock WHERE stock.product_id = p.id OFFSET 0) AS stock ON true
    LEFT JOIN stores ON stores.id = stock.store_id
    ORDER BY stock.store_id COLLATE "C"`.execute(db);
  const byProduct = Map.groupBy(rows, (row) => row.product_id);
  return new Map([...byProduct].flatMap(([id, [first, ...others]]) => (first === undefined ? [] : [[id, {
    asOf: first.as_of,
    epoch: first.epoch,
    product: { name: first.name, version: first.version, archived: first.archived },
    stores: [first, ...others].flatMap((row) => (row.store_id === null ? [] : [{
      store_id: row.store_id, store_name: row.store_name, store_version: row.store_version,
      quantity: row.quantity, reserved: row.reserved, version: row.stock_version,
    }])),
  }]])));
}
