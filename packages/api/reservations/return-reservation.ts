/** `POST /reservations/{id}/return`: what was sold from a hold comes back. */
import { note, reference } from '@inventory/domain/values.ts';
import { z } from 'zod';
import type { ApiDeps } from '../deps.ts';
import { returning } from '../http/auth/access.ts';
import { occurredAt, userId } from '../http/body-members.ts';
import { endpoint, nothing } from '../http/endpoint/endpoint.ts';
import { commitProblems } from '../http/endpoint/submit.ts';
import { changedHold } from './row.ts';
import { byId, CLOSED_AT, PENDING, reservation, units } from './schema.ts';

export const returnReservation = endpoint({
  id: 'returnReservation', method: 'post', path: '/reservations/{id}/return', tag: 'reservations', access: returning,
  verb: 'stock:adjust',
  summary: 'Take back units that were sold from a hold',
  description: 'They are on the shelf of the store again, as a movement with the reason RETURN that names the reservation. Returns of one sale '
    + 'add up, to no more than was sold: send an Idempotency-Key, or a repeat is another return. Without a quantity, all that has not come '
    + 'back yet is returned, and the same again changes nothing. The reservation stays CONFIRMED and shows returned_quantity.',
  params: byId, query: nothing,
  body: z.strictObject({
    quantity: units.optional(), reference: reference.optional(), note: note.optional(), occurred_at: occurredAt.optional(), user_id: userId,
  }),
  bodyOptional: true, bodyExample: { quantity: 1, note: 'unopened' },
  answers: {
    200: {
      description: 'The reservation, with the units that have come back', schema: reservation, headers: ['X-Stock-Version'],
      example: { ...PENDING, status: 'CONFIRMED', confirmed_quantity: 1, returned_quantity: 1, closed_at: CLOSED_AT },
    },
  },
  problems: [
    'forbidden', 'store_not_in_scope', 'not_found', 'wrong_state', 'more_than_sold', 'stock_limit_exceeded', ...commitProblems,
  ],
  idempotent: true,
  about: ({ params }) => ({ operation: 'return', reservation_id: params.id }),
  reach: ({ body }) => ({ user: body.user_id }),
  handle: ({ params, body, submit }, { committer }: Pick<ApiDeps, 'committer'>) => submit(committer, [{
    kind: 'reservation', reservationId: params.id,
    change: {
      type: 'return', quantity: body.quantity, reference: body.reference ?? null, note: body.note ?? null,
      occurredAt: body.occurred_at ?? null,
    },
  }], changedHold),
});
