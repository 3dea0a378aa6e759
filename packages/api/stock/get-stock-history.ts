/** `GET /stores/{store}/stock/{product}/history`: every movement of a stock row, the newest first. */
import { InventoryError } from '@inventory/domain/errors.ts';
import { z } from 'zod';
import type { ApiDeps } from '../deps.ts';
import { ofStore } from '../http/auth/access.ts';
import { cursorsOf, cursorText } from '../http/endpoint/cursor.ts';
import { endpoint, noBody } from '../http/endpoint/endpoint.ts';
import { limit, listOf, pageAnswer, pageCost, pageOf } from '../http/endpoint/page.ts';
import { movement, MOVEMENT, movementOf, nameCustomers, stockEventOf } from './movement.ts';
import { historyQuery } from './queries.ts';
import { byRow } from './schema.ts';

const cursors = cursorsOf('history', z.strictObject({ before: z.int().min(1).max(2_147_483_647) }));

export const getStockHistory = endpoint({
  id: 'getStockHistory', method: 'get', path: '/stores/{store}/stock/{product}/history', tag: 'stock',
  access: ofStore,
  summary: 'List the movements of a stock row',
  description: 'The newest first, one for each version of the row: who, why, and the numbers before and after.',
  params: byRow, query: z.strictObject({ limit, cursor: cursorText.optional() }), body: noBody,
  cost: pageCost, sizeOf: ({ query }) => query.limit,
  answers: {
    200: {
      description: 'A page of movements', schema: listOf(movement), headers: ['Link'],
      example: { items: [MOVEMENT], next_cursor: null },
    },
  },
  problems: ['forbidden', 'store_not_in_scope', 'not_found'],
  about: ({ params }) => ({ store_id: params.store, product_id: params.product }),
  reach: ({ params }) => ({ store: params.store }),
  handle: async ({ params, query: { limit: size, cursor }, req }, { db, history }: Pick<ApiDeps, 'db' | 'history'>) => {
    const before = cursor === undefined ? undefined : cursors.decode(params, cursor).before;
    const row = await db.selectFrom('stock').select('id').where('store_id', '=', params.store)
      .where('product_id', '=', params.product).executeTakeFirst();
    if (row === undefined) throw new InventoryError('not_found', 'There is no such stock row.');
    const events = await historyQuery(db, row.id, before, size + 1).execute();
    const { items, last } = pageOf(events.map((row) => movementOf(row, stockEventOf(row, history))), size);
    return pageAnswer(req, await nameCustomers(db, items), last && cursors.encode(params, { before: last.version }));
  },
});
