/** One product in Postgres, read in one statement, so that its name, its rows and the epoch are of one instant. */
import type { Database } from '@inventory/db/pool.ts';
import { sql } from 'kysely';
import type { ProductSnapshot } from './view.ts';

export interface DatedSnapshot extends ProductSnapshot {
  /**
   * Everything that was committed by then is in it: the start of the transaction, which lies before its snapshot. The
   * start of the statement does not: Postgres takes the snapshot at Bind and that time at Execute, and on a busy machine a
   * write was acknowledged in between.
   */
  readonly asOf: Date;
}

interface Row {
  as_of: Date; epoch: number; name: string; version: number; archived: boolean;
  store_id: string | null; store_name: string; store_version: number;
  quantity: number; reserved: number; stock_version: number;
}

/** @returns undefined when there is no such product */
export async function readSnapshot(db: Database, productId: string): Promise<DatedSnapshot | undefined> {
  const { rows } = await sql<Row>`
    SELECT transaction_timestamp() AS as_of, log_epoch.epoch, p.name, p.version, p.archived_at IS NOT NULL AS archived,
      stock.store_id, stores.name AS store_name, stores.version AS store_version,
      stock.quantity, stock.reserved, stock.version AS stock_version
    FROM products p
    CROSS JOIN log_epoch
    LEFT JOIN stock ON stock.product_id = p.id
    LEFT JOIN stores ON stores.id = stock.store_id
    WHERE p.id = ${productId}
    ORDER BY stock.store_id COLLATE "C"`.execute(db);
  const [first] = rows;
  if (first === undefined) return undefined;
  return {
    asOf: first.as_of,
    epoch: first.epoch,
    product: { name: first.name, version: first.version, archived: first.archived },
    stores: rows.flatMap((row) => (row.store_id === null ? [] : [{
      store_id: row.store_id, store_name: row.store_name, store_version: row.store_version,
      quantity: row.quantity, reserved: row.reserved, version: row.stock_version,
    }])),
  };
}
