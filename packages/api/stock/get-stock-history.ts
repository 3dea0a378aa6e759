/** `GET /stores/{store}/stock/{product}/history`: every movement of a stock row, the newest first. */
import type { Database } from '@inventory/db/pool.ts';
import { InventoryError } from '@inventory/domain/errors.ts';
import { z } from 'zod';
import { ofStore } from '../http/auth/access.ts';
import { actorOf, contextOf } from '../http/context.ts';
import { cursorsOf, cursorText } from '../http/endpoint/cursor.ts';
import { contract, implement, noBody } from '../http/endpoint/endpoint.ts';
import type { Operation } from '../http/endpoint/endpoint.ts';
import { limit, listOf, pageAnswer, pageOf } from '../http/endpoint/page.ts';
import { byRow } from './schema.ts';
import { movement, MOVEMENT, MOVEMENT_COLUMNS, movementOf } from './movement.ts';
import type { StockDeps } from './routes.ts';
import { demandStore } from './scope.ts';

const cursors = cursorsOf('history', z.object({ before: z.int() }));

export const getStockHistory = contract({
  id: 'getStockHistory', method: 'get', path: '/stores/{store}/stock/{product}/history', tag: 'stock',
  access: ofStore,
  summary: 'See every movement of a stock row',
  description: 'The newest first, one for each version of the row: who did it, why, and the numbers before and after.',
  params: byRow, query: z.strictObject({ limit, cursor: cursorText.optional() }), body: noBody,
  answers: {
    200: {
      description: 'A page of movements', schema: listOf(movement), headers: ['Link'],
      example: { items: [MOVEMENT], next_cursor: null },
    },
  },
  problems: ['forbidden', 'store_not_in_scope', 'not_found'],
});

/** The events of one stream before a version, the newest first. */
export function historyQuery(db: Database, streamId: string, before: number | undefined, size: number) {
  const query = db.selectFrom('events').select(MOVEMENT_COLUMNS).where('stream_id', '=', streamId)
    .where('stream_version', before === undefined ? 'is not' : '<', before ?? null);
  return query.orderBy('stream_version', 'desc').limit(size);
}

export function getStockHistoryOperation({ db }: StockDeps): Operation {
  return implement(getStockHistory, async ({ params, query: { limit, cursor }, req }) => {
    Object.assign(contextOf(req).fields, { store_id: params.store, product_id: params.product });
    demandStore(actorOf(req), params.store);
    const before = cursor === undefined ? undefined : cursors.decode(params, cursor).before;
    const row = await db.selectFrom('stock').select('id').where('store_id', '=', params.store)
      .where('product_id', '=', params.product).executeTakeFirst();
    if (row === undefined) throw new InventoryError('not_found', 'There is no such stock row.');
    const events = await historyQuery(db, row.id, before, limit + 1).execute();
    const { items, last } = pageOf(events.map(movementOf), limit);
    return pageAnswer(req, items, last && cursors.encode(params, { before: last.version }));
  });
}
