/** `GET /stores/{store}/stock`: what a store has, or what is running out there. */
import type { Database } from '@inventory/db/pool.ts';
import { InventoryError } from '@inventory/domain/errors.ts';
import { MAX_QUANTITY, storeId } from '@inventory/domain/values.ts';
import { sql } from 'kysely';
import { z } from 'zod';
import { ofStore } from '../http/auth/access.ts';
import { actorOf, contextOf } from '../http/context.ts';
import { cursorsOf, cursorText } from '../http/endpoint/cursor.ts';
import { contract, implement, noBody } from '../http/endpoint/endpoint.ts';
import type { Operation } from '../http/endpoint/endpoint.ts';
import { limit, listOf, pageAnswer, pageOf, wholeNumber } from '../http/endpoint/page.ts';
import { SAMPLE_ROW, stockRow } from './schema.ts';
import type { StockDeps } from './routes.ts';
import { demandStore } from './scope.ts';

export const shownRow = stockRow.extend({ sku: z.string(), product_name: z.string(), updated_at: z.iso.datetime() })
  .meta({ id: 'NamedStockRow' });
export const SHOWN = {
  ...SAMPLE_ROW, sku: 'SKU-0001', product_name: 'Laptop HP', updated_at: '2026-11-24T10:28:00.098Z',
} as const;

const cursors = cursorsOf('stock', z.object({ product: z.uuid() }));

export const listStock = contract({
  id: 'listStock', method: 'get', path: '/stores/{store}/stock', tag: 'stock', access: ofStore,
  summary: 'See what a store has',
  description: 'By product. With below, only the rows that have less than so many units available.',
  params: z.object({ store: storeId }),
  query: z.strictObject({
    below: wholeNumber({ min: 0, max: MAX_QUANTITY }).optional(), limit, cursor: cursorText.optional(),
  }),
  body: noBody,
  answers: {
    200: {
      description: 'A page of stock rows', schema: listOf(shownRow), headers: ['Link'],
      example: { items: [SHOWN], next_cursor: null },
    },
  },
  problems: ['forbidden', 'store_not_in_scope', 'not_found'],
});

export interface ShownStock {
  readonly product_id: string;
  readonly store_id: string;
  readonly sku: string;
  readonly product_name: string;
  readonly quantity: number;
  readonly reserved: number;
  readonly version: number;
  readonly updated_at: Date;
}

export function shownBody(row: ShownStock) {
  return {
    product_id: row.product_id, store_id: row.store_id, quantity: row.quantity, reserved: row.reserved,
    available: row.quantity - row.reserved, version: row.version, sku: row.sku, product_name: row.product_name,
    updated_at: row.updated_at.toISOString(),
  };
}

/** Stock rows with the product that they are of; the caller adds which, and in what order. */
export function shownStock(db: Database) {
  return db.selectFrom('stock as s').innerJoin('products as p', 'p.id', 's.product_id').select([
    's.product_id', 's.store_id', 'p.sku', 'p.name as product_name', 's.quantity', 's.reserved', 's.version',
    's.updated_at',
  ]);
}

/**
 * The rows of a store by product, from behind `after`. `below` has no index of its own: one on what is available would
 * have to be kept at every sale, so the rows of the store are looked through instead.
 */
export function listQuery(
  db: Database, storeId: string, { below, after, size }: {
    readonly below: number | undefined; readonly after: string | undefined; readonly size: number;
  },
) {
  let query = shownStock(db).where('s.store_id', '=', storeId);
  if (below !== undefined) query = query.where(sql<number>`s.quantity - s.reserved`, '<', below);
  if (after !== undefined) query = query.where('s.product_id', '>', after);
  return query.orderBy('s.product_id').limit(size);
}

export function listStockOperation({ db }: StockDeps): Operation {
  return implement(listStock, async ({ params: { store }, query: { below, limit, cursor }, req }) => {
    contextOf(req).fields['store_id'] = store;
    demandStore(actorOf(req), store);
    const filters = { store, below };
    const after = cursor === undefined ? undefined : cursors.decode(filters, cursor).product;
    const { items, last } = pageOf(await listQuery(db, store, { below, after, size: limit + 1 }).execute(), limit);
    if (items.length === 0 && after === undefined) await demandExistence(db, store);
    return pageAnswer(req, items.map(shownBody), last && cursors.encode(filters, { product: last.product_id }));
  });
}

/** A store without stock and one that does not exist are two things. @throws {InventoryError} not_found */
async function demandExistence(db: Database, store: string): Promise<void> {
  const found = await db.selectFrom('stores').select('id').where('id', '=', store).executeTakeFirst();
  if (found === undefined) throw new InventoryError('not_found', 'There is no such store.');
}
