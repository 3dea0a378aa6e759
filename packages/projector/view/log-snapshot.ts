/** The log as a rebuild reads it: product by product, each with the newest event of each of its stock rows. */
import { sql } from 'kysely';
import { requireReadable } from '@inventory/db/formats/formats.ts';
import type { Database } from '@inventory/db/pool.ts';
import type { History } from '@inventory/domain/events-stored.ts';
import { encodeProduct, encodeStore } from '@inventory/view/codec.ts';
import { PRODUCT_FIELD, productKey, storeNamesKey } from '@inventory/view/keys.ts';
import type { ViewWrite } from './apply.ts';
import { readEvent, writeOf } from './apply.ts';

/** Ids of products in their order, those behind `after`. */
export async function productIds(db: Database, after: string | undefined, limit: number): Promise<readonly string[]> {
  let query = db.selectFrom('products').select('id').orderBy('id').limit(limit);
  if (after !== undefined) query = query.where('id', '>', after);
  return (await query.execute()).map(({ id }) => id);
}

export async function countProducts(db: Database): Promise<number> {
  const { count } = await db.selectFrom('products').select(({ fn }) => fn.countAll<number>().as('count')).executeTakeFirstOrThrow();
  return count;
}

export interface ProductView {
  readonly productId: string;
  /** The product's own field and one for each store. */
  readonly writes: readonly ViewWrite[];
  /** Stock rows without an event that can be read. With one of these the view is not whole. */
  readonly unreadable: readonly { readonly stockId: string; readonly error: unknown }[];
}

interface Row {
  readonly product_id: string;
  readonly name: string;
  readonly version: number;
  readonly archived: boolean;
  readonly stock_id: string | null;
  readonly event_type: string | null;
  readonly schema_version: number | null;
  readonly payload: unknown;
}

/**
 * The views of these products as the log has them now, in one statement, so as of one instant. A product without stock
 * rows is a view without stores. The tables say which streams there are, the events what is in them. OFFSET 0 makes the
 * planner look up each id by itself; for five hundred ids it would read a table whole.
 */
export async function readProducts(
  { db, history }: { readonly db: Database; readonly history?: History | undefined }, epoch: string, ids: readonly string[],
): Promise<readonly ProductView[]> {
  const { rows } = await sql<Row>`
    SELECT wanted.id AS product_id, p.name, p.version, p.archived, s.id AS stock_id,
      e.event_type, e.schema_version, e.payload
    FROM unnest(${[...ids]}::uuid[]) AS wanted (id)
    CROSS JOIN LATERAL (
      SELECT name, version, archived_at IS NOT NULL AS archived FROM products WHERE id = wanted.id OFFSET 0
    ) p
    LEFT JOIN LATERAL (SELECT id FROM stock WHERE product_id = wanted.id OFFSET 0) s ON true
    LEFT JOIN LATERAL (
      SELECT event_type, schema_version, payload FROM events WHERE stream_id = s.id AND stream_version IS NOT NULL
      ORDER BY stream_version DESC LIMIT 1
    ) e ON true`.execute(db);
  await requireReadable(db, rows.flatMap(({ event_type: type, schema_version: version }) => (
    type === null || version === null ? [] : [{ type, version }])), history);
  return [...Map.groupBy(rows, (row) => row.product_id).values()].map((ofProduct) => viewOf(epoch, ofProduct, history));
}

function viewOf(epoch: string, rows: readonly Row[], history: History | undefined): ProductView {
  const writes: ViewWrite[] = [];
  const unreadable: { stockId: string; error: unknown }[] = [];
  const [product] = rows;
  if (product === undefined) throw new RangeError('a product has at least its own row');
  const { product_id: productId } = product;
  writes.push({
    key: productKey(epoch, productId), field: PRODUCT_FIELD, value: encodeProduct(product), version: product.version,
  });
  for (const { stock_id: stockId, event_type: type, schema_version: version, payload } of rows) {
    if (stockId === null) continue;
    try {
      const write = type === null || version === null ? undefined
        : writeOf(epoch, readEvent({ type, version, payload }, history));
      if (write?.key !== productKey(epoch, productId)) throw new Error('the stock row has no event of its product');
      writes.push(write);
    } catch (error) {
      unreadable.push({ stockId, error });
    }
  }
  return { productId, writes, unreadable };
}

/** The names of all stores, in pages. */
export async function* storeNames(db: Database, epoch: string, pageSize: number): AsyncGenerator<readonly ViewWrite[]> {
  for (let after = '', full = true; full;) {
    const rows = await db.selectFrom('stores').select(['id', 'name', 'version'])
      .where(sql<string>`id COLLATE "C"`, '>', after).orderBy(sql`id COLLATE "C"`).limit(pageSize).execute();
    full = rows.length === pageSize;
    after = rows.at(-1)?.id ?? after;
    if (rows.length > 0) {
      yield rows.map(({ id, name, version }) =>
        ({ key: storeNamesKey(epoch), field: id, value: encodeStore({ version, name }), version }));
    }
  }
}
