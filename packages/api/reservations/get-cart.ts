/** `GET /reservations/batch/{id}`: a cart, as its holds are now. */
import { InventoryError } from '@inventory/domain/errors.ts';
import { z } from 'zod';
import { reservationOf } from '../commit/reservation-row.ts';
import type { ApiDeps } from '../deps.ts';
import { json } from '../http/answer.ts';
import { ofHold } from '../http/auth/access.ts';
import { actorOf } from '../http/context.ts';
import { endpoint, noBody, nothing } from '../http/endpoint/endpoint.ts';
import { readReservations } from './queries.ts';
import { shownBody, whoseFor } from './row.ts';
import { byId, PENDING, reservation } from './schema.ts';

/** More than a cart has. */
const ALL = 100;
const BATCH_ID = '01a20d19-1755-7b1c-8d55-0c5d3a9e7f10';

export const getCart = endpoint({
  id: 'getCart', method: 'get', path: '/reservations/batch/{id}', tag: 'reservations', access: ofHold,
  summary: 'Get a cart',
  description: 'Its holds in the order of its lines, each as it is now; a vendor gets those of his stores and those that he made. expires_at is the '
    + 'first end of an open hold, null where none is open.',
  params: byId, query: nothing, body: noBody,
  answers: {
    200: {
      description: 'The cart', schema: z.object({ batch_id: z.uuid(), expires_at: z.iso.datetime().nullable(), reservations: z.array(reservation) }),
      example: {
        batch_id: BATCH_ID, expires_at: PENDING.expires_at, reservations: [{ ...PENDING, batch_id: BATCH_ID, expires_in_seconds: 417 }],
      },
    },
  },
  problems: ['not_found'],
  reach: 'row',
  handle: async ({ params, req }, { db }: Pick<ApiDeps, 'db'>) => {
    const actor = actorOf(req);
    const rows = await readReservations(db, actor, { batch_id: params.id }, { before: undefined, size: ALL });
    if (rows.length === 0) throw new InventoryError('not_found', 'There is no such cart.');
    const reservations = rows.toReversed().map((row) => {
      const hold = reservationOf(row);
      return shownBody(hold, { sku: row.sku, name: row.product_name }, row.now, whoseFor(actor, { customerId: row.named, reservation: hold }));
    });
    const ends = reservations.filter(({ status }) => status === 'PENDING').map(({ expires_at: end }) => end).sort();
    return json(200, { batch_id: params.id, expires_at: ends[0] ?? null, reservations });
  },
});
