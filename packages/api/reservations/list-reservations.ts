/** `GET /reservations`: a customer's own holds, a store's, those of an order. */
import { InventoryError } from '@inventory/domain/errors.ts';
import { reservationStatuses } from '@inventory/domain/reservation.ts';
import { customerId, reference, storeId, uuid } from '@inventory/domain/values.ts';
import { z } from 'zod';
import { reservationOf } from '../commit/reservation-row.ts';
import { actorOf } from '../http/context.ts';
import { cursorsOf, cursorText } from '../http/endpoint/cursor.ts';
import { contract, implement, noBody } from '../http/endpoint/endpoint.ts';
import type { Operation } from '../http/endpoint/endpoint.ts';
import { limit, listOf, pageAnswer, pageOf } from '../http/endpoint/page.ts';
import { shownBody } from './row.ts';
import { PENDING, reservation } from './contracts.ts';
import { readReservations } from './queries.ts';
import type { ReservationDeps } from './routes.ts';

const cursors = cursorsOf('reservations', z.object({ before: z.uuid() }));

export const listReservations = contract({
  id: 'listReservations', method: 'get', path: '/reservations', tag: 'reservations',
  access: {
    customer: { reach: 'own_customer', foreign: 'forbidden' },
    vendor: { reach: 'own_stores_or_made', foreign: 'left_out' },
    admin: { reach: 'all' },
  },
  summary: 'Find holds',
  description: 'The newest first. A customer sees his own; a vendor those of his stores and those that he made; an '
    + 'administrator all. The status is judged at this moment: a hold whose time is over is EXPIRED.',
  params: z.strictObject({}),
  query: z.strictObject({
    store_id: storeId.optional(), customer_id: customerId.optional(), reference: reference.optional(),
    batch_id: uuid.optional(), status: z.enum(reservationStatuses).optional(), limit, cursor: cursorText.optional(),
  }),
  body: noBody,
  answers: {
    200: {
      description: 'A page of holds', schema: listOf(reservation), headers: ['Link'],
      example: { items: [{ ...PENDING, expires_in_seconds: 417 }], next_cursor: null },
    },
  },
  problems: ['forbidden'],
});

export function listReservationsOperation({ db }: ReservationDeps): Operation {
  return implement(listReservations, async ({ query: { limit, cursor, ...filter }, req }) => {
    const actor = actorOf(req);
    if (actor.role === 'customer' && filter.customer_id !== undefined && filter.customer_id !== actor.id) {
      throw new InventoryError('forbidden', 'A customer sees only his own reservations.');
    }
    const before = cursor === undefined ? undefined : cursors.decode(filter, cursor).before;
    const { items, last } = pageOf(await readReservations(db, actor, filter, { before, size: limit + 1 }), limit);
    const bodies = items.map((row) => shownBody(reservationOf(row), row.now));
    return pageAnswer(req, bodies, last && cursors.encode(filter, { before: last.id }));
  });
}
