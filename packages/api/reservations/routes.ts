/** Holds on stock: make one, look at it, confirm or cancel it. The seed's Flow 3. */
import type { Database } from '@inventory/db/pool.ts';
import { mayActOn } from '@inventory/domain/access.ts';
import { InventoryError } from '@inventory/domain/errors.ts';
import type { ChangeReservation } from '@inventory/domain/reservation.ts';
import type { Request } from 'express';
import { v7 } from 'uuid';
import type { Accepted, Answer } from '../commit/command.ts';
import type { Committer } from '../commit/committer.ts';
import { json } from '../http/answer.ts';
import { submit } from '../http/endpoint/submit.ts';
import { actorOf, contextOf } from '../http/context.ts';
import { implement } from '../http/endpoint/endpoint.ts';
import type { Operation } from '../http/endpoint/endpoint.ts';
import type { StockOperations } from '../http/endpoint/stock-operations.ts';
import { heldBy, reservationBody, shownBody } from './row.ts';
import { cartOperations } from './cart.ts';
import {
  cancelReservation, confirmReservation, createReservation, extendReservation, getReservation,
} from './contracts.ts';
import { listReservationsOperation } from './list-reservations.ts';
import { readReservation } from './get-reservation.ts';

export interface ReservationDeps {
  readonly committer: Committer;
  readonly db: Database;
  readonly operations: StockOperations;
}

function created({ results: [result], now }: Accepted) {
  const { reservation, stock } = heldBy(result);
  return json(201, shownBody(reservation, now), {
    location: `/api/v1/reservations/${reservation.id}`, 'x-stock-version': String(stock.version),
  });
}

function changed({ results: [result], now }: Accepted) {
  const { reservation, stock } = heldBy(result);
  return json(200, reservationBody(reservation, now), { 'x-stock-version': String(stock.version) });
}

export function reservationOperations(deps: ReservationDeps): readonly Operation[] {
  const change = (
    req: Request, operation: string, id: string, body: object, command: ChangeReservation,
  ): Promise<Answer> => {
    const { fields } = contextOf(req);
    Object.assign(fields, { operation: command.type, reservation_id: id });
    return submit({ req, id: operation, idempotent: true, body }, deps.committer, [
      { kind: 'reservation', reservationId: id, change: command },
    ], changed);
  };

  return [
    implement(createReservation, ({ body, req, res }) => {
      Object.assign(contextOf(req).fields, {
        operation: 'reserve', store_id: body.store_id, product_id: body.product_id, quantity: body.quantity,
      });
      deps.operations.count(res, 'reserve', body.store_id);
      return submit({ req, id: createReservation.id, idempotent: true, body }, deps.committer, [{
        kind: 'reserve', productId: body.product_id, storeId: body.store_id,
        reserve: {
          type: 'reserve', reservationId: v7(), customerId: body.customer_id, quantity: body.quantity,
          ttlSeconds: body.ttl, batchId: null, reference: body.reference ?? null,
        },
      }], created);
    }),
    implement(getReservation, async ({ params, req }) => {
      const found = await readReservation(deps.db, params.id);
      // Somebody else's reservation does not exist: the same answer as for an unknown id.
      if (found === undefined || !mayActOn(actorOf(req), found.reservation)) {
        throw new InventoryError('not_found', 'There is no such reservation.');
      }
      return json(200, shownBody(found.reservation, found.now));
    }),
    implement(confirmReservation, ({ params, body, req }) =>
      change(req, confirmReservation.id, params.id, body, { type: 'confirm', quantity: body.quantity })),
    implement(cancelReservation, ({ params, body, req }) =>
      change(req, cancelReservation.id, params.id, body, { type: 'cancel' })),
    implement(extendReservation, ({ params, body, req }) =>
      change(req, extendReservation.id, params.id, body, { type: 'extend', ttlSeconds: body.ttl })),
    listReservationsOperation(deps),
    ...cartOperations(deps),
  ];
}
