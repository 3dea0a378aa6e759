/** `GET /stores/{store}/stock`: what a store has, or what is running out there. */
import type { Database } from '@inventory/db/pool.ts';
import { InventoryError } from '@inventory/domain/errors.ts';
import { MAX_QUANTITY, storeId, uuid } from '@inventory/domain/values.ts';
import { z } from 'zod';
import type { ApiDeps } from '../deps.ts';
import { ofStore } from '../http/auth/access.ts';
import { cursorsOf, cursorText } from '../http/endpoint/cursor.ts';
import { endpoint, noBody } from '../http/endpoint/endpoint.ts';
import { limit, listOf, LOOKED_THROUGH, pageAnswer, pageCost, pageOf, wholeNumber } from '../http/endpoint/page.ts';
import { listQuery } from './queries.ts';
import { namedBody } from './row.ts';
import { namedRow, SAMPLE_NAMED } from './schema.ts';

const cursors = cursorsOf('stock', z.strictObject({ product: uuid }));

export const listStock = endpoint({
  id: 'listStock', method: 'get', path: '/stores/{store}/stock', tag: 'stock', access: ofStore,
  summary: 'List the stock of a store',
  description: 'Ordered by product. With below, only rows with fewer units available: all rows of the store are looked through '
    + `for them, which counts as ${LOOKED_THROUGH} items.`,
  params: z.object({ store: storeId }),
  query: z.strictObject({
    below: wholeNumber({ min: 0, max: MAX_QUANTITY }).optional(), limit, cursor: cursorText.optional(),
  }),
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
  handle: async ({ params: { store }, query: { below, limit: size, cursor }, req }, { db }: Pick<ApiDeps, 'db'>) => {
    const filters = { store, below };
    const after = cursor === undefined ? undefined : cursors.decode(filters, cursor).product;
    const { items, last } = pageOf(await listQuery(db, store, { below, after, size: size + 1 }).execute(), size);
    if (items.length === 0 && after === undefined) await requireStore(db, store);
    return pageAnswer(req, items.map(namedBody), last && cursors.encode(filters, { product: last.product_id }));
  },
});

/** A store without stock is not a store that does not exist. @throws {InventoryError} not_found */
async function requireStore(db: Database, store: string): Promise<void> {
  const found = await db.selectFrom('stores').select('id').where('id', '=', store).executeTakeFirst();
  if (found === undefined) throw new InventoryError('not_found', 'There is no such store.');
}
