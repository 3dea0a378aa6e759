/** `GET /stores/{store}/stock/{product}`: one stock row, as it is or as it was. */
import { InventoryError } from '@inventory/domain/errors.ts';
import { z } from 'zod';
import type { ApiDeps } from '../deps.ts';
import { json } from '../http/answer.ts';
import { ofStore } from '../http/auth/access.ts';
import { endpoint, noBody } from '../http/endpoint/endpoint.ts';
import { taggedAnswer, versionTag } from '../http/endpoint/etag.ts';
import { LOOKED_THROUGH, pageCost } from '../http/endpoint/page.ts';
import { moment, readPast } from './as-of.ts';
import type { PastState } from './as-of.ts';
import { namedStock } from './queries.ts';
import { namedBody } from './row.ts';
import { byRow, namedRow, SAMPLE_NAMED, stockRow } from './schema.ts';

const pastRow = stockRow.extend({
  as_of: z.object({ event_id: z.uuid(), position: z.int(), time: z.iso.datetime(), settled_position: z.int() }),
}).meta({ id: 'PastStockRow' });

export const getStock = endpoint({
  id: 'getStock', method: 'get', path: '/stores/{store}/stock/{product}', tag: 'stock', access: ofStore,
  summary: 'Get a stock row, as it is or as it was',
  description: 'as_of is a time or the position of an event: the row is then read from the event log. The answer names the '
    + 'event that left the row in this state, and the settled position, up to which the log was read; it has no ETag. The '
    + `events of the row are looked through for it, which counts as ${LOOKED_THROUGH} items.`,
  params: byRow, query: z.strictObject({ as_of: moment.optional() }), body: noBody,
  cost: pageCost, sizeOf: ({ query }) => (query.as_of === undefined ? 1 : LOOKED_THROUGH),
  answers: {
    200: {
      description: 'The row; with as_of, the row as it was', schema: z.union([namedRow, pastRow]), headers: ['ETag'],
      example: SAMPLE_NAMED,
    },
    304: { description: 'Not changed since the answer with this ETag' },
  },
  problems: ['forbidden', 'store_not_in_scope', 'not_found'],
  about: ({ params }) => ({ store_id: params.store, product_id: params.product }),
  reach: ({ params }) => ({ store: params.store }),
  handle: async ({ params, query, req }, { db, history }: Pick<ApiDeps, 'db' | 'history'>) => {
    if (query.as_of !== undefined) {
      const past = await readPast(db, params, query.as_of, history);
      if (past === undefined) throw new InventoryError('not_found', 'There was no such stock row then.');
      return json(200, pastBody(past), { 'cache-control': 'no-cache' });
    }
    const row = await namedStock(db).where('s.store_id', '=', params.store).where('s.product_id', '=', params.product)
      .executeTakeFirst();
    if (row === undefined) throw new InventoryError('not_found', 'There is no such stock row.');
    return taggedAnswer(req, versionTag(row.version), namedBody(row));
  },
});

function pastBody({ payload, eventId, position, time, settled }: PastState): z.output<typeof pastRow> {
  const { product_id, store_id, quantity, reserved, available, version } = payload;
  return {
    product_id, store_id, quantity, reserved, available, version,
    as_of: { event_id: eventId, position, time: time.toISOString(), settled_position: settled },
  };
}
