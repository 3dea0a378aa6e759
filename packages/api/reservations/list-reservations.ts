/** `GET /reservations`: a customer's own holds, those of a store, those of an order. */
import { reservationStatuses } from '@inventory/domain/reservation.ts';
import { customerId, reference, storeId, uuid } from '@inventory/domain/values.ts';
import { z } from 'zod';
import { reservationOf } from '../commit/reservation-row.ts';
import type { ApiDeps } from '../deps.ts';
import { actorOf } from '../http/context.ts';
import { cursorsOf, cursorText } from '../http/endpoint/cursor.ts';
import { endpoint, noBody, nothing } from '../http/endpoint/endpoint.ts';
import { limit, listOf, pageAnswer, pageCost, pageOf } from '../http/endpoint/page.ts';
import { readReservations } from './queries.ts';
import { shownBody, whoseFor } from './row.ts';
import { PENDING, reservation } from './schema.ts';

const cursors = cursorsOf('reservations', z.strictObject({ before: uuid }));

export const listReservations = endpoint({
  id: 'listReservations', method: 'get', path: '/reservations', tag: 'reservations',
  access: {
    customer: { reach: 'own_customer', foreign: 'forbidden' },
    vendor: { reach: 'own_stores_or_made', foreign: 'left_out' },
    service: { reach: 'all' },
    admin: { reach: 'all' },
  },
  summary: 'List holds',
  description: 'The newest first. A customer sees his own holds, a vendor those of his stores and those that he made, a '
    + 'service and an admin all. The status is as of this moment: a lapsed hold is EXPIRED.',
  params: nothing,
  query: z.strictObject({
    store_id: storeId.optional(), customer_id: customerId.optional(), reference: reference.optional(),
    batch_id: uuid.optional(), status: z.enum(reservationStatuses).optional(), limit, cursor: cursorText.optional(),
  }),
  body: noBody,
  cost: pageCost, sizeOf: ({ query }) => query.limit,
  answers: {
    200: {
      description: 'A page of holds', schema: listOf(reservation), headers: ['Link'],
      example: { items: [{ ...PENDING, expires_in_seconds: 417 }], next_cursor: null },
    },
  },
  problems: ['forbidden'],
  reach: ({ query }) => ({ customer: query.customer_id }),
  handle: async ({ query: { limit: size, cursor, ...filter }, req }, { db }: Pick<ApiDeps, 'db'>) => {
    const before = cursor === undefined ? undefined : cursors.decode(filter, cursor).before;
    const actor = actorOf(req);
    const rows = await readReservations(db, actor, filter, { before, size: size + 1 });
    const { items, last } = pageOf(rows, size);
    const bodies = items.map((row) => {
      const reservation = reservationOf(row);
      return shownBody(reservation, { sku: row.sku, name: row.product_name }, row.now, whoseFor(actor, { customerId: row.named, reservation }));
    });
    return pageAnswer(req, bodies, last && cursors.encode(filter, { before: last.id }));
  },
});
