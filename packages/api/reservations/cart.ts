/** Carts: several holds that are made, confirmed and cancelled together, or not at all. */
import type { Database } from '@inventory/db/pool.ts';
import {
  DEFAULT_TTL_SECONDS, MAX_TTL_SECONDS, customerId, reference, storeId, uuid,
} from '@inventory/domain/values.ts';
import type { Request } from 'express';
import { v7 } from 'uuid';
import { z } from 'zod';
import type { Refusal } from '@inventory/domain/errors.ts';
import type { Accepted, Answer, Part } from '../commit/command.ts';
import { holding, ofHold } from '../http/auth/access.ts';
import { json } from '../http/answer.ts';
import { submit } from '../http/endpoint/submit.ts';
import { contextOf } from '../http/context.ts';
import { contract, implement } from '../http/endpoint/endpoint.ts';
import type { Operation } from '../http/endpoint/endpoint.ts';
import { heldBy, reservationBody, secondsLeft } from './row.ts';
import { byId, CLOSED_AT, committing, nothing, PENDING, reservation, units } from './contracts.ts';
import type { ReservationDeps } from './routes.ts';

export const MAX_LINES = 50;

const BATCH_ID = '01a20d19-1755-7b1c-8d55-0c5d3a9e7f10';
const SAMPLE = { ...PENDING, batch_id: BATCH_ID } as const;

export const createCart = contract({
  id: 'createCart', method: 'post', path: '/reservations/batch', tag: 'reservations', access: holding,
  summary: 'Hold a whole cart',
  description: 'All lines or none. What the lines want of one stock row is added up before it is compared; a refusal '
    + 'names every line that is short, with what all lines together want of its row.',
  params: nothing, query: nothing,
  body: z.strictObject({
    lines: z.array(z.strictObject({
      product_id: uuid, store_id: storeId, quantity: units, reference: reference.optional(),
    })).min(1).max(MAX_LINES),
    customer_id: customerId,
    ttl: z.int().min(1).max(MAX_TTL_SECONDS).default(DEFAULT_TTL_SECONDS),
    reference: reference.optional(),
  }),
  bodyExample: {
    lines: [{ product_id: PENDING.product_id, store_id: 'BCN-001', quantity: 1 }], customer_id: 'cust-456', ttl: 600,
  },
  answers: {
    201: {
      description: 'The holds, in the order of the lines', headers: ['Location'],
      schema: z.object({
        batch_id: z.uuid(), expires_at: z.iso.datetime(), expires_in_seconds: z.int(),
        reservations: z.array(reservation),
      }),
      example: { batch_id: BATCH_ID, expires_at: PENDING.expires_at, expires_in_seconds: 600, reservations: [SAMPLE] },
    },
  },
  problems: ['forbidden', 'not_found', 'insufficient_stock', 'hold_limit_exceeded', ...committing],
});

const changedCart = z.object({ batch_id: z.uuid(), reservations: z.array(reservation) });
const changing = ['not_found', 'reservation_expired', 'reservation_already_cancelled', ...committing] as const;

export const confirmCart = contract({
  id: 'confirmCart', method: 'post', path: '/reservations/batch/{id}/confirm', tag: 'reservations', access: ofHold,
  summary: 'Sell a whole cart',
  description: 'All of its holds, or none where one of them has expired or been cancelled.',
  params: byId, query: nothing, body: nothing, bodyOptional: true, bodyExample: {},
  answers: {
    200: {
      description: 'The holds, confirmed', schema: changedCart,
      example: {
        batch_id: BATCH_ID,
        reservations: [{ ...SAMPLE, status: 'CONFIRMED', confirmed_quantity: 1, closed_at: CLOSED_AT }],
      },
    },
  },
  problems: [...changing, 'reservation_already_confirmed'],
});

export const cancelCart = contract({
  id: 'cancelCart', method: 'post', path: '/reservations/batch/{id}/cancel', tag: 'reservations', access: ofHold,
  summary: 'Let go of a whole cart',
  description: 'All of its holds, or none where one of them has expired or been confirmed.',
  params: byId, query: nothing, body: nothing, bodyOptional: true, bodyExample: {},
  answers: {
    200: {
      description: 'The holds, cancelled', schema: changedCart,
      example: { batch_id: BATCH_ID, reservations: [{ ...SAMPLE, status: 'CANCELLED', closed_at: CLOSED_AT }] },
    },
  },
  problems: [...changing, 'reservation_already_confirmed'],
});

function created(batchId: string, { results, now }: Accepted): Answer {
  const holds = results.map((result) => heldBy(result).reservation);
  const [first] = holds;
  if (first === undefined) throw new Error('a cart without a hold');
  return json(201, {
    batch_id: batchId, expires_at: first.expiresAt.toISOString(), expires_in_seconds: secondsLeft(first, now),
    reservations: holds.map((hold) => reservationBody(hold, now)),
  }, { location: `/api/v1/reservations?batch_id=${batchId}` });
}

/**
 * The holds of a cart. They were made in one transaction and no other joins them, so they may be read before the
 * change. A cart that is not there gets a hold that is not either: it is refused as one of somebody else is, by the
 * same way.
 */
async function partsOf(db: Database, batchId: string, type: 'confirm' | 'cancel'): Promise<readonly Part[]> {
  const rows = await db.selectFrom('reservations').select('id').where('batch_id', '=', batchId).orderBy('id').execute();
  const ids = rows.length === 0 ? [v7()] : rows.map(({ id }) => id);
  const change = type === 'confirm' ? { type, quantity: undefined } : { type };
  return ids.map((reservationId): Part => ({ kind: 'reservation', reservationId, change }));
}

/** A cart with holds that are not for this actor does not exist for him, and nothing says how many it has. */
function hidden(refusal: Refusal): Refusal {
  return refusal.code === 'not_found' ? { code: 'not_found', message: 'There is no such cart.', details: {} } : refusal;
}

export function cartOperations(deps: ReservationDeps): readonly Operation[] {
  const change = async (req: Request, operation: string, id: string, type: 'confirm' | 'cancel'): Promise<Answer> => {
    Object.assign(contextOf(req).fields, { operation: `${type}_batch`, batch_id: id });
    const parts = await partsOf(deps.db, id, type);
    const render = ({ results, now }: Accepted): Answer => json(200, {
      batch_id: id, reservations: results.map((result) => reservationBody(heldBy(result).reservation, now)),
    });
    return submit({ req, id: operation, idempotent: true, body: {} }, deps.committer, parts, render, {
      list: 'reservations', tell: hidden,
    });
  };
  return [
    implement(createCart, ({ body, req, res }) => {
      const [first] = body.lines;
      Object.assign(contextOf(req).fields, { operation: 'reserve_batch', lines: body.lines.length });
      deps.operations.count(res, 'reserve_batch', first?.store_id ?? '');
      const batchId = v7();
      const parts = body.lines.map((line): Part => ({
        kind: 'reserve', productId: line.product_id, storeId: line.store_id,
        reserve: {
          type: 'reserve', reservationId: v7(), customerId: body.customer_id, quantity: line.quantity,
          ttlSeconds: body.ttl, batchId, reference: line.reference ?? body.reference ?? null,
        },
      }));
      return submit(
        { req, id: createCart.id, idempotent: true, body }, deps.committer, parts,
        (accepted) => created(batchId, accepted), { list: 'lines' },
      );
    }),
    implement(confirmCart, ({ params, req }) => change(req, confirmCart.id, params.id, 'confirm')),
    implement(cancelCart, ({ params, req }) => change(req, cancelCart.id, params.id, 'cancel')),
  ];
}
