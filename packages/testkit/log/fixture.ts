/** A log without an api: stock rows and their events, set-based, so that 100 000 of them take a few seconds. */
import type pg from 'pg';

const FIXTURE_STORES = ['MAD-001', 'BCN-001', 'VAL-001'] as const;

/**
 * Makes `rows` stock rows at version 0, spread over the stores, each of a product of its own, and returns their ids.
 * The rows have no events yet.
 */
export async function addStockRows(
  pool: pg.Pool,
  { rows, stores = FIXTURE_STORES }: { readonly rows: number; readonly stores?: readonly string[] },
): Promise<readonly string[]> {
  await pool.query(
    `INSERT INTO stores (id, uid, name) SELECT id, gen_random_uuid(), 'Store ' || id FROM unnest($1::text[]) id
     ON CONFLICT DO NOTHING`, [stores]);
  const made = await pool.query<{ id: string }>(
    `WITH product AS (
       INSERT INTO products (id, sku, name, price)
       SELECT id, 'SKU-' || id, 'Product ' || n, 9.99
       FROM (SELECT n, gen_random_uuid() AS id FROM generate_series(1, $1::int) n) s
       RETURNING id
     ), numbered AS (SELECT id, row_number() OVER () AS n FROM product)
     INSERT INTO stock (id, product_id, store_id, version)
     SELECT gen_random_uuid(), id, ($2::text[])[1 + n % cardinality($2::text[])], 0 FROM numbered
     RETURNING id`, [rows, stores]);
  return made.rows.map(({ id }) => id);
}

// One statement stays far below the statement timeout of our connections.
const EVENTS_A_STATEMENT = 5_000;

/**
 * Appends `each` events to every row of `stockIds`, each event `units` (one) more; the rows take turns. Up to 5 000
 * events are one transaction. Returns how many were appended.
 */
export async function appendStockEvents(
  pool: pg.Pool,
  { stockIds, each = 1, units = 1 }: {
    readonly stockIds: readonly string[]; readonly each?: number; readonly units?: number;
  },
): Promise<number> {
  const perStatement = Math.max(1, Math.floor(EVENTS_A_STATEMENT / Math.max(1, stockIds.length)));
  let appended = 0;
  for (let left = each; left > 0; left -= perStatement) {
    appended += await append(pool, stockIds, Math.min(left, perStatement), units);
  }
  return appended;
}

async function append(pool: pg.Pool, stockIds: readonly string[], each: number, units: number): Promise<number> {
  const { rowCount } = await pool.query(
    `WITH before AS (
       SELECT id, product_id, store_id, quantity, reserved, version FROM stock
       WHERE id = ANY ($1::uuid[]) ORDER BY id FOR UPDATE
     ), raised AS (
       UPDATE stock SET quantity = stock.quantity + $2::int * $3::int, version = stock.version + $2::int
       FROM before WHERE before.id = stock.id
     )
     INSERT INTO events (id, event_type, store_id, aggregate_id, payload, stream_id, stream_version)
     SELECT gen_random_uuid(), 'stock.updated', store_id, product_id, jsonb_build_object(
         'stock_id', id, 'product_id', product_id, 'store_id', store_id, 'quantity', quantity + n * $3::int, 'reserved', reserved,
         'available', quantity + n * $3::int - reserved, 'version', version + n, 'delta', $3::int, 'reserved_delta', 0,
         'reason', 'RESTOCK', 'user_id', 'fixture', 'reference', null, 'note', null, 'occurred_at', null),
       id, version + n
     FROM before CROSS JOIN generate_series(1, $2::int) n
     ORDER BY n, id`, [stockIds, each, units]);
  return rowCount ?? 0;
}
