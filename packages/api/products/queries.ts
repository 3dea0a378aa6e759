/** Products: by their ids, in an order, and by words. Each reads no more than a page or so, however many products there are. */
import { inTransaction } from '@inventory/db/pool.ts';
import type { Database } from '@inventory/db/pool.ts';
import { keyOfCode } from '@inventory/domain/barcodes.ts';
import { sql } from 'kysely';
import type { ProductRow } from './row.ts';

/** True of every product. The indexes of lists ask for it, so that no other statement is planned by them. */
const LISTED = sql<boolean>`version >= 1`;

interface ProductFilter {
  readonly sku?: string | undefined;
  readonly category?: string | undefined;
  readonly archived: boolean;
  readonly sort?: 'name' | 'price' | '-price' | undefined;
}

/** Where a list goes on: behind this id, and with a sort behind this name or price. */
interface After {
  readonly id: string;
  readonly by?: string | undefined;
}

/**
 * Products by their id: in the order in which they were made, for ids that are made here. Or in the order that was asked for. Each
 * order, with a category and without, has its index.
 */
export function readProducts(db: Database, filter: ProductFilter, after: After | undefined, size: number): Promise<readonly ProductRow[]> {
  const { sort, sku, category, archived } = filter;
  const column = sort === 'name' ? sql.ref('name') : sql.ref('price');
  const [direction, behind] = sort === '-price' ? ['desc', sql`<`] as const : ['asc', sql`>`] as const;
  let query = db.selectFrom('products').selectAll().where('archived_at', archived ? 'is not' : 'is', null).where(LISTED);
  if (sku !== undefined) query = query.where('sku', '=', sku);
  if (category !== undefined) query = query.where('category', '=', category);
  if (sort === undefined) {
    return (after === undefined ? query : query.where('id', '>', after.id)).orderBy('id').limit(size).execute();
  }
  if (after?.by !== undefined) {
    const value = sort === 'name' ? sql`${after.by}::varchar` : sql`${after.by}::numeric`;
    query = query.where(sql<boolean>`(${column}, id) ${behind} (${value}, ${after.id}::uuid)`);
  }
  return query.orderBy(column, direction).orderBy('id', direction).limit(size).execute();
}

/** These products, in this order; without those that do not exist. */
export async function productsById(db: Database, ids: readonly string[]): Promise<readonly ProductRow[]> {
  const rows = await db.selectFrom('products').selectAll().where('id', '=', sql<string>`ANY (${[...ids]}::uuid[])`).execute();
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}

/** The product that has this code, unless it is archived: one or none. */
export function productOfCode(db: Database, code: string): Promise<readonly ProductRow[]> {
  return db.selectFrom('product_codes as c').innerJoin('products as p', 'p.id', 'c.product_id').selectAll('p')
    .where('c.value', '=', keyOfCode(code)).where('p.archived_at', 'is', null).execute();
}

/** Products that a search looks at, at most, to put them in order. */
const CANDIDATES = 1_000;

/**
 * Products with all of these words, each the beginning of one, in name or SKU: of those found first, the first ones by name. Without
 * sequential scans, because for two words that are frequent, and never together, the planner expects to meet one soon, and reads
 * all products [a million: 5 s; by the index of words 30 ms].
 */
export function searchProducts(
  db: Database, words: readonly string[], category: string | undefined, size: number,
): Promise<readonly ProductRow[]> {
  const wanted = words.map((word) => `'${word}':*`).join(' & ');
  const inCategory = category === undefined ? sql`true` : sql`category = ${category}`;
  return inTransaction(db, async (trx) => {
    await sql`SET LOCAL enable_seqscan = off`.execute(trx);
    const { rows } = await sql<ProductRow>`
      SELECT * FROM (
        SELECT * FROM products
        WHERE to_tsvector('simple', translate(name || ' ' || sku, '-_./,;:+#&()', '            ')) @@ ${wanted}::tsquery AND archived_at IS NULL AND ${LISTED} AND ${inCategory}
        LIMIT ${CANDIDATES}
      ) AS found ORDER BY name, id LIMIT ${size}`.execute(trx);
    return rows;
  });
}
