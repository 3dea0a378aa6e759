/** `GET /stores/{store}/stock`: what a store has, or what is running out there. */
import type { Database } from '@inventory/db/pool.ts';
import { InventoryError } from '@inventory/domain/errors.ts';
import { barcode } from '@inventory/domain/barcodes.ts';
import { MAX_QUANTITY, storeId, uuid } from '@inventory/domain/values.ts';
import { z } from 'zod';
import type { ApiDeps } from '../deps.ts';
import type { Codes } from '../directory/codes.ts';
import { refuseMisread, sku } from '../directory/named-product.ts';
import { ofStore } from '../http/auth/access.ts';
import { actorOf } from '../http/context.ts';
import { cursorsOf, cursorText } from '../http/endpoint/cursor.ts';
import { endpoint, noBody } from '../http/endpoint/endpoint.ts';
import { limit, listOf, LOOKED_THROUGH, pageAnswer, pageCost, pageOf, wholeNumber } from '../http/endpoint/page.ts';
import { listQuery } from './queries.ts';
import { namedBody } from './row.ts';
import { namedRow, SAMPLE_NAMED } from './schema.ts';

const query = z.strictObject({
  below: wholeNumber({ min: 0, max: MAX_QUANTITY }).optional(), sku: sku.optional(), barcode: barcode.optional(), limit, cursor: cursorText.optional(),
}).refine((asked) => asked.sku === undefined || asked.barcode === undefined, { path: ['barcode'], message: 'cannot be asked together with sku' });

const cursors = cursorsOf('stock', z.strictObject({ product: uuid }));

export const listStock = endpoint({
  id: 'listStock', method: 'get', path: '/stores/{store}/stock', tag: 'stock', access: ofStore,
  summary: 'List the stock of a store',
  description: 'Ordered by product. With below, only rows with fewer units available: all rows of the store are looked through '
    + `for them, which counts as ${LOOKED_THROUGH} items. With sku or barcode, only the row of that product: one or none.`,
  params: z.object({ store: storeId }), query,
  body: noBody,
  cost: pageCost, sizeOf: ({ query: { below, limit: size } }) => (below === undefined ? size : LOOKED_THROUGH),
  answers: {
    200: {
      description: 'A page of stock rows', schema: listOf(namedRow), headers: ['Link'],
      example: { items: [SAMPLE_NAMED], next_cursor: null },
    },
  },
  problems: ['forbidden', 'store_not_in_scope', 'not_found'],
  about: ({ params }) => ({ store_id: params.store }),
  reach: ({ params }) => ({ store: params.store }),
  handle: async ({ params: { store }, query: { limit: size, cursor, ...asked }, req }, { db, codes }: Pick<ApiDeps, 'db' | 'codes'>) => {
    const filters = { store, ...asked };
    const after = cursor === undefined ? undefined : cursors.decode(filters, cursor).product;
    const product = await productOf(codes, asked, actorOf(req).id);
    const rows = product === null ? [] : await listQuery(db, store, { below: asked.below, product, after, size: size + 1 }).execute();
    const { items, last } = pageOf(rows, size);
    if (items.length === 0 && after === undefined) await requireStore(db, store);
    return pageAnswer(req, items.map(namedBody), last && cursors.encode(filters, { product: last.product_id }));
  },
});

/** The product that a question names by a code; undefined where it names none, null where no product has it. */
async function productOf(codes: Codes, { sku: ofLabel, barcode: scanned }: Pick<z.output<typeof query>, 'sku' | 'barcode'>, caller: string): Promise<string | null | undefined> {
  const value = ofLabel ?? scanned;
  if (value === undefined) return undefined;
  const [found] = await codes.find([{ by: ofLabel === undefined ? 'barcode' : 'SKU', value }], caller);
  if (found === undefined && scanned !== undefined) refuseMisread(scanned);
  return found?.productId ?? null;
}

/** A store without stock is not a store that does not exist. @throws {InventoryError} not_found */
async function requireStore(db: Database, store: string): Promise<void> {
  const found = await db.selectFrom('stores').select('id').where('id', '=', store).executeTakeFirst();
  if (found === undefined) throw new InventoryError('not_found', 'There is no such store.');
}
