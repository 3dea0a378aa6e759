/** `POST /reservations/{id}/confirm`, `/cancel` and `/extend`: what becomes of a hold. */
import type { ChangeReservation } from '@inventory/domain/reservation.ts';
import { z } from 'zod';
import type { Part } from '../commit/command.ts';
import type { ApiDeps } from '../deps.ts';
import { ofHold, requireSeller, selling } from '../http/auth/access.ts';
import { actorOf } from '../http/context.ts';
import { endpoint, nothing } from '../http/endpoint/endpoint.ts';
import { commitProblems } from '../http/endpoint/submit.ts';
import { changedHold } from './row.ts';
import { byId, CLOSED_AT, PENDING, reservation, ttl, units } from './schema.ts';

export const confirmReservation = endpoint({
  id: 'confirmReservation', method: 'post', path: '/reservations/{id}/confirm', tag: 'reservations', access: selling,
  verb: 'reserve',
  summary: 'Confirm a hold: its units are sold',
  description: 'With a smaller quantity, the rest is released. The same request again has the same answer. The units that a '
    + 'customer confirms in 24 hours have a limit, and where payment decides a customer confirms nothing (403). A vendor '
    + 'sells in his own stores only.',
  params: byId, query: nothing, body: z.strictObject({ quantity: units.optional() }), bodyOptional: true,
  bodyExample: { quantity: 1 },
  answers: {
    200: {
      description: 'The hold, confirmed', schema: reservation, headers: ['X-Stock-Version'],
      example: { ...PENDING, status: 'CONFIRMED', confirmed_quantity: 1, closed_at: CLOSED_AT },
    },
  },
  problems: [
    'forbidden', 'store_not_in_scope', 'not_found', 'reservation_expired', 'reservation_already_confirmed',
    'reservation_already_cancelled', 'sale_limit_exceeded', ...commitProblems,
  ],
  idempotent: true,
  about: ({ params }) => ({ operation: 'confirm', reservation_id: params.id }),
  reach: 'row',
  handle: async ({ params, body, req, submit }, deps: Pick<ApiDeps, 'committer' | 'customersMayConfirm'>) => {
    requireSeller(actorOf(req), deps);
    return submit(deps.committer, [partOf(params.id, { type: 'confirm', quantity: body.quantity })], changedHold);
  },
});

export const cancelReservation = endpoint({
  id: 'cancelReservation', method: 'post', path: '/reservations/{id}/cancel', tag: 'reservations', access: ofHold,
  verb: 'reserve',
  summary: 'Cancel a hold: its units are released',
  params: byId, query: nothing, body: nothing, bodyOptional: true, bodyExample: {},
  answers: {
    200: {
      description: 'The hold, cancelled', schema: reservation, headers: ['X-Stock-Version'],
      example: { ...PENDING, status: 'CANCELLED', closed_at: CLOSED_AT },
    },
  },
  problems: ['not_found', 'reservation_expired', 'reservation_already_confirmed', ...commitProblems],
  idempotent: true,
  about: ({ params }) => ({ operation: 'cancel', reservation_id: params.id }),
  reach: 'row',
  handle: ({ params, submit }, { committer }: Pick<ApiDeps, 'committer'>) =>
    submit(committer, [partOf(params.id, { type: 'cancel' })], changedHold),
});

export const extendReservation = endpoint({
  id: 'extendReservation', method: 'post', path: '/reservations/{id}/extend', tag: 'reservations', access: ofHold,
  verb: 'reserve',
  summary: 'Extend a hold',
  description: 'ttl is in seconds from now. It never shortens a hold, and no hold lasts for more than 24 hours.',
  params: byId, query: nothing, body: z.strictObject({ ttl }),
  bodyExample: { ttl: 900 },
  answers: {
    200: {
      description: 'The hold, with its new end', schema: reservation, headers: ['X-Stock-Version'],
      example: { ...PENDING, expires_at: '2026-11-24T10:45:12.001Z' },
    },
  },
  problems: [
    'not_found', 'reservation_expired', 'reservation_already_confirmed', 'reservation_already_cancelled',
    ...commitProblems,
  ],
  idempotent: true,
  about: ({ params }) => ({ operation: 'extend', reservation_id: params.id }),
  reach: 'row',
  handle: ({ params, body, submit }, { committer }: Pick<ApiDeps, 'committer'>) =>
    submit(committer, [partOf(params.id, { type: 'extend', ttlSeconds: body.ttl })], changedHold),
});

function partOf(reservationId: string, change: ChangeReservation): Part {
  return { kind: 'reservation', reservationId, change };
}
