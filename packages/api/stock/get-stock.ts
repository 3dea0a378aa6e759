/** `GET /stores/{store}/stock/{product}`: one stock row, as it is or as it was. */
import { InventoryError } from '@inventory/domain/errors.ts';
import { z } from 'zod';
import { ofStore } from '../http/auth/access.ts';
import { json } from '../http/answer.ts';
import { actorOf, contextOf } from '../http/context.ts';
import { taggedAnswer, versionTag } from '../http/endpoint/etag.ts';
import { contract, implement, noBody } from '../http/endpoint/endpoint.ts';
import type { Operation } from '../http/endpoint/endpoint.ts';
import { moment, readPast } from './as-of.ts';
import type { PastState } from './as-of.ts';
import { byRow, stockRow } from './schema.ts';
import { SHOWN, shownBody, shownRow, shownStock } from './list-stock.ts';
import type { StockDeps } from './routes.ts';
import { demandStore } from './scope.ts';

const pastRow = stockRow.extend({
  as_of: z.object({ event_id: z.uuid(), position: z.int(), time: z.iso.datetime(), settled_position: z.int() }),
}).meta({ id: 'PastStockRow' });

export const getStock = contract({
  id: 'getStock', method: 'get', path: '/stores/{store}/stock/{product}', tag: 'stock', access: ofStore,
  summary: 'Look at one stock row, as it is or as it was',
  description: 'With as_of, from the event log: a time, or the position of an event. The answer names the event that '
    + 'left the row so, and the settled position, beyond which nothing is looked at; it has no ETag.',
  params: byRow, query: z.strictObject({ as_of: moment.optional() }), body: noBody,
  answers: {
    200: {
      description: 'The row; with as_of, what it was', schema: z.union([shownRow, pastRow]), headers: ['ETag'],
      example: SHOWN,
    },
    304: { description: 'It is still at the version of this ETag' },
  },
  problems: ['forbidden', 'store_not_in_scope', 'not_found'],
});

function pastBody({ payload, eventId, position, time, settled }: PastState): z.output<typeof pastRow> {
  const { product_id, store_id, quantity, reserved, available, version } = payload;
  return {
    product_id, store_id, quantity, reserved, available, version,
    as_of: { event_id: eventId, position, time: time.toISOString(), settled_position: settled },
  };
}

export function getStockOperation({ db }: StockDeps): Operation {
  return implement(getStock, async ({ params, query, req }) => {
    Object.assign(contextOf(req).fields, { store_id: params.store, product_id: params.product });
    demandStore(actorOf(req), params.store);
    if (query.as_of !== undefined) {
      const past = await readPast(db, params, query.as_of);
      if (past === undefined) throw new InventoryError('not_found', 'There was no such stock row then.');
      return json(200, pastBody(past), { 'cache-control': 'no-cache' });
    }
    const row = await shownStock(db).where('s.store_id', '=', params.store).where('s.product_id', '=', params.product)
      .executeTakeFirst();
    if (row === undefined) throw new InventoryError('not_found', 'There is no such stock row.');
    return taggedAnswer(req, versionTag(row.version), shownBody(row));
  });
}
