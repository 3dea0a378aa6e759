/** `GET /reservations/{id}`. */
import { mayActOn } from '@inventory/domain/access.ts';
import { InventoryError } from '@inventory/domain/errors.ts';
import type { ApiDeps } from '../deps.ts';
import { json } from '../http/answer.ts';
import { ofHold } from '../http/auth/access.ts';
import { actorOf } from '../http/context.ts';
import { endpoint, noBody, nothing } from '../http/endpoint/endpoint.ts';
import { readReservation } from './queries.ts';
import { shownBody, whoseFor } from './row.ts';
import { byId, PENDING, reservation } from './schema.ts';

export const getReservation = endpoint({
  id: 'getReservation', method: 'get', path: '/reservations/{id}', tag: 'reservations', access: ofHold,
  summary: 'Get a hold',
  description: 'A lapsed hold reads EXPIRED at once. A hold of somebody else is 404.',
  params: byId, query: nothing, body: noBody,
  answers: { 200: { description: 'The hold', schema: reservation, example: { ...PENDING, expires_in_seconds: 417 } } },
  problems: ['not_found'],
  reach: 'row',
  handle: async ({ params, req }, { db }: Pick<ApiDeps, 'db'>) => {
    const actor = actorOf(req);
    const found = await readReservation(db, params.id);
    // Somebody else's reservation does not exist: the same answer as for an unknown id. Both ids are the caller's here.
    if (found === undefined || !mayActOn(actor, { ...found.reservation, customerRef: found.customerId })) {
      throw new InventoryError('not_found', 'There is no such reservation.');
    }
    return json(200, shownBody(found.reservation, found.product, found.now, whoseFor(actor, found)));
  },
});
