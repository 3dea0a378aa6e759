/** `POST /reservations/batch`, `…/{id}/confirm`, `…/{id}/extend` and `…/{id}/cancel`: a cart is several holds, all or nothing. */
import type { Database } from '@inventory/db/pool.ts';
import { InventoryError } from '@inventory/domain/errors.ts';
import type { Refusal } from '@inventory/domain/errors.ts';
import type { ChangeReservation, Reservation } from '@inventory/domain/reservation.ts';
import { customerId, reference, storeId, uuid } from '@inventory/domain/values.ts';
import { sql } from 'kysely';
import { z } from 'zod';
import type { Accepted, Answer, Part } from '../commit/command.ts';
import type { ApiDeps } from '../deps.ts';
import { meantBy, ONE_NAME, oneName, productName } from '../directory/named-product.ts';
import type { Meant } from '../directory/named-product.ts';
import { json } from '../http/answer.ts';
import { holding, ofHold, requireSeller, selling } from '../http/auth/access.ts';
import { actorOf } from '../http/context.ts';
import { endpoint, nothing } from '../http/endpoint/endpoint.ts';
import { commitProblems } from '../http/endpoint/submit.ts';
import type { Submit } from '../http/endpoint/submit.ts';
import { newId } from '../ids.ts';
import { heldBy, reservationBody, secondsLeft } from './row.ts';
import { byId, CLOSED_AT, PENDING, reservation, ttl, ttlOrDefault, units } from './schema.ts';

const MAX_LINES = 50;

const BATCH_ID = '01a20d19-1755-7b1c-8d55-0c5d3a9e7f10';
const SAMPLE = { ...PENDING, batch_id: BATCH_ID } as const;

const newCart = z.strictObject({
  lines: z.array(z.strictObject({
    ...productName, store_id: storeId, quantity: units, reference: reference.optional(),
  }).check(oneName).meta(ONE_NAME)).min(1).max(MAX_LINES),
  customer_id: customerId,
  ttl: ttlOrDefault,
  reference: reference.optional(),
});

const confirmation = z.strictObject({
  lines: z.array(z.strictObject({ reservation_id: uuid, quantity: units.optional() })).min(1).max(MAX_LINES)
    .refine((lines) => new Set(lines.map(({ reservation_id: id }) => id)).size === lines.length, 'must name each hold once').optional(),
});

export const createCart = endpoint({
  id: 'createCart', method: 'post', path: '/reservations/batch', tag: 'reservations', access: holding,
  verb: 'reserve',
  summary: 'Hold a cart',
  description: 'All lines or none. Lines of one stock row are added up before they are compared with it. A refusal names '
    + 'every short line, with what all lines together want of its row. Each line names its product by product_id, sku or barcode; quantity '
    + 'counts packs where the barcode is one of a pack.',
  params: nothing, query: nothing, body: newCart,
  cost: { unitFor: 10, of: 'lines' }, sizeOf: ({ body }) => body.lines.length,
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
  problems: ['forbidden', 'not_found', 'insufficient_stock', 'hold_limit_exceeded', ...commitProblems],
  idempotent: true,
  about: ({ body: { lines } }) => ({
    operation: 'reserve_batch', lines: lines.length, stores: lines.map((line) => line.store_id),
  }),
  reach: ({ body }) => ({ customer: body.customer_id }),
  handle: async ({ body, req, submit }, { committer, codes }: Pick<ApiDeps, 'committer' | 'codes'>) => {
    const { meant, fault } = await meantBy(codes, req, body.lines, 'lines');
    const batchId = newId();
    const parts = linesOf(body, meant, batchId);
    return submit(committer, parts, (accepted) => created(batchId, accepted), { fault, list: 'lines' });
  },
});

const changedCart = z.object({ batch_id: z.uuid(), reservations: z.array(reservation) });
const changing = [
  'not_found', 'reservation_expired', 'reservation_already_cancelled', 'reservation_already_confirmed',
  ...commitProblems,
] as const;

export const confirmCart = endpoint({
  id: 'confirmCart', method: 'post', path: '/reservations/batch/{id}/confirm', tag: 'reservations', access: selling,
  verb: 'reserve',
  summary: 'Confirm a cart: its holds are sold',
  description: 'All of its holds, or none if one of them has expired or was cancelled. With lines, the holds that they name are sold, fewer '
    + 'units where they say so, and the open ones that they leave out are cancelled; what is closed and left out stays as it is, also where it '
    + 'closes at this moment. So a cart with a closed line is finished by naming the others.',
  params: byId, query: nothing, body: confirmation, bodyOptional: true, bodyExample: {},
  answers: {
    200: {
      description: 'The holds, confirmed', schema: changedCart,
      example: {
        batch_id: BATCH_ID,
        reservations: [{ ...SAMPLE, status: 'CONFIRMED', confirmed_quantity: 1, closed_at: CLOSED_AT }],
      },
    },
  },
  problems: ['forbidden', 'store_not_in_scope', 'sale_limit_exceeded', ...changing],
  idempotent: true,
  about: ({ params }) => ({ operation: 'confirm_batch', batch_id: params.id }),
  reach: 'row',
  handle: async ({ params, body: { lines }, req, submit }, deps: CartDeps & Pick<ApiDeps, 'customersMayConfirm'>) => {
    requireSeller(actorOf(req), deps);
    const sold = lines === undefined ? undefined : new Map(lines.map(({ reservation_id: id, quantity }) => [id, quantity]));
    return changeCart(submit, deps, params.id, {
      named: [...sold?.keys() ?? []],
      changeOf: (hold) => {
        if (sold === undefined || sold.has(hold.id)) return { type: 'confirm', quantity: sold?.get(hold.id) };
        return hold.open || hold.status === 'CANCELLED' ? { type: 'let_go' } : undefined;
      },
      isShown: (hold) => sold === undefined || sold.has(hold.id) || hold.status === 'CANCELLED',
    });
  },
});

export const cancelCart = endpoint({
  id: 'cancelCart', method: 'post', path: '/reservations/batch/{id}/cancel', tag: 'reservations', access: ofHold,
  verb: 'reserve',
  summary: 'Cancel a cart: its holds are released',
  description: 'All of its holds, or none if one of them has expired or was confirmed.',
  params: byId, query: nothing, body: nothing, bodyOptional: true, bodyExample: {},
  answers: {
    200: {
      description: 'The holds, cancelled', schema: changedCart,
      example: { batch_id: BATCH_ID, reservations: [{ ...SAMPLE, status: 'CANCELLED', closed_at: CLOSED_AT }] },
    },
  },
  problems: changing,
  idempotent: true,
  about: ({ params }) => ({ operation: 'cancel_batch', batch_id: params.id }),
  reach: 'row',
  handle: ({ params, submit }, deps: CartDeps) => changeCart(submit, deps, params.id, { changeOf: () => ({ type: 'cancel' }) }),
});

export const extendCart = endpoint({
  id: 'extendCart', method: 'post', path: '/reservations/batch/{id}/extend', tag: 'reservations', access: ofHold,
  verb: 'reserve',
  summary: 'Extend a cart: its open holds',
  description: 'ttl is in seconds from now, as for one hold. Holds that are closed stay as they are, and are not in the answer; it is refused '
    + 'where none is open.',
  params: byId, query: nothing, body: z.strictObject({ ttl }), bodyExample: { ttl: 900 },
  answers: {
    200: {
      description: 'The open holds, with their new end', schema: changedCart,
      example: { batch_id: BATCH_ID, reservations: [{ ...SAMPLE, expires_at: '2026-11-24T10:45:12.001Z' }] },
    },
  },
  problems: changing,
  idempotent: true,
  about: ({ params }) => ({ operation: 'extend_batch', batch_id: params.id }),
  reach: 'row',
  handle: ({ params, body, submit }, deps: CartDeps) => changeCart(submit, deps, params.id, {
    changeOf: (hold, none) => (hold.open || none ? { type: 'extend', ttlSeconds: body.ttl } : undefined),
  }),
});

type CartDeps = Pick<ApiDeps, 'committer' | 'db'>;

/** The ids are in the order of the lines, so that a cart that is read by its ids is in that order, too. */
function linesOf(body: z.output<typeof newCart>, meant: readonly Meant[], batchId: string): readonly Part[] {
  // Their time will be that of the decision, one for all (`dated`), so it is the rest of them that is put in order.
  const ids = body.lines.map(newId).toSorted((a, b) => (a.slice(13) < b.slice(13) ? -1 : 1));
  return meant.flatMap(({ units: inPack, ...row }, nth): readonly Part[] => {
    const line = body.lines[nth];
    return line === undefined ? [] : [{
      kind: 'reserve', dated: true, ...row, storeId: line.store_id,
      reserve: {
        type: 'reserve', reservationId: ids[nth] ?? newId(), customerId: body.customer_id, quantity: line.quantity * inPack,
        ttlSeconds: body.ttl, batchId, reference: line.reference ?? body.reference ?? null,
      },
    }];
  });
}

function created(batchId: string, { results, now }: Accepted): Answer {
  const holds = results.map(heldBy);
  const first = holds[0]?.reservation;
  if (first === undefined) throw new Error('a cart without a hold');
  return json(201, {
    batch_id: batchId, expires_at: first.expiresAt.toISOString(), expires_in_seconds: secondsLeft(first, now),
    reservations: holds.map(({ reservation: hold, product }) => reservationBody(hold, product, now)),
  }, { location: `/api/v1/reservations?batch_id=${batchId}` });
}

/** A hold of a cart as it was read before the change; the change itself is decided under the lock of its stock row. */
interface HoldBefore {
  readonly id: string;
  readonly status: string;
  /** Pending, and not lapsed. */
  readonly open: boolean;
}

interface CartChange {
  /** What becomes of a hold, undefined where it is left as it is. `none` is true where no hold is open. */
  readonly changeOf: (hold: HoldBefore, none: boolean) => ChangeReservation | undefined;
  /** Holds that must be in the cart. */
  readonly named?: readonly string[];
  /**
   * False of a hold that the answer leaves out. One that closed after it was read is left out, as it will be when the request
   * comes again, so that both have one answer.
   */
  readonly isShown?: (hold: Reservation) => boolean;
}

/** Changes the holds of a cart, all or none. */
async function changeCart(
  submit: Submit, { committer, db }: CartDeps, batchId: string, { changeOf, named = [], isShown = () => true }: CartChange,
): Promise<Answer> {
  const holds = await holdsOf(db, batchId);
  if (!named.every((id) => holds.some((hold) => hold.id === id))) throw new InventoryError('not_found', NO_CART);
  const none = !holds.some(({ open }) => open);
  const parts = holds.flatMap((hold): readonly Part[] => {
    const change = changeOf(hold, none);
    return change === undefined ? [] : [{ kind: 'reservation', reservationId: hold.id, change }];
  });
  const render = ({ results, now }: Accepted): Answer => json(200, {
    batch_id: batchId,
    reservations: results.map(heldBy).filter(({ reservation: hold }) => isShown(hold))
      .map(({ reservation: hold, product }) => reservationBody(hold, product, now)),
  });
  return submit(committer, parts, render, { list: 'reservations', tell: hidden });
}

/**
 * The holds of a cart. They were made in one transaction and no other joins them, so they may be read before the change.
 * An unknown cart gets the id of an unknown hold, so that it is refused just as somebody else's cart is.
 */
async function holdsOf(db: Database, batchId: string): Promise<readonly HoldBefore[]> {
  const rows = await db.selectFrom('reservations')
    .select(['id', 'status', sql<boolean>`status = 'PENDING' AND expires_at > clock_timestamp()`.as('open')])
    .where('batch_id', '=', batchId).orderBy('id').execute();
  return rows.length === 0 ? [{ id: newId(), status: 'PENDING', open: true }] : rows;
}

const NO_CART = 'There is no such cart.';

/** Somebody else's cart does not exist: nothing in the answer tells how many holds it has. */
function hidden(refusal: Refusal): Refusal {
  return refusal.code === 'not_found' ? { code: 'not_found', message: NO_CART, details: {} } : refusal;
}
