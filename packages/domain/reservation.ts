/**
 * A hold on units of one stock row:
 *
 *   (none) ── created ──► PENDING ── confirmed ──► CONFIRMED   the units are sold
 *                          │  ▲ └─── cancelled ──► CANCELLED   the units are free again
 *                          └──┘ extended
 *                          └──────── expired ────► EXPIRED     the units are free again
 *
 * Terminal states are final. Expiry is exact: a hold whose expires_at has come counts as lapsed in every decision, whether
 * or not it was swept; a decision that meets it writes its expiry first.
 */
import type { Actor } from './access.ts';
import { mayActOn, mayReserveFor, maySellIn } from './access.ts';
import type { Refusal } from './errors.ts';
import { refuse } from './errors.ts';
import type { ReservationEvent } from './events.ts';
import type { Decision, Stock } from './stock.ts';
import { available } from './availability.ts';
import { afterState } from './stock.ts';
import { MAX_TTL_SECONDS } from './values.ts';

interface Hold {
  readonly id: string;
  readonly stockId: string;
  readonly productId: string;
  readonly storeId: string;
  /** What stands for the customer; null where only events of version 1 tell of the hold. */
  readonly customerRef: string | null;
  readonly quantity: number;
  readonly batchId: string | null;
  readonly reference: string | null;
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

export type PendingReservation = Hold & { readonly status: 'PENDING' };
type ConfirmedReservation = Hold & {
  readonly status: 'CONFIRMED'; readonly closedAt: Date; readonly confirmedQuantity: number;
  /** Of the units that were sold, those that came back (returns.ts). */
  readonly returnedQuantity: number;
};
type ReleasedReservation = Hold & { readonly status: 'CANCELLED' | 'EXPIRED'; readonly closedAt: Date };
export type Reservation = PendingReservation | ConfirmedReservation | ReleasedReservation;
export type ReservationStatus = Reservation['status'];
export const reservationStatuses = ['PENDING', 'CONFIRMED', 'CANCELLED', 'EXPIRED'] as const;

export interface Reserve {
  readonly type: 'reserve';
  readonly reservationId: string;
  readonly customerRef: string;
  readonly quantity: number;
  readonly ttlSeconds: number;
  readonly batchId: string | null;
  readonly reference: string | null;
}
interface Confirm {
  readonly type: 'confirm';
  /** Fewer units than held: the rest is released. Undefined: all of them. */
  readonly quantity: number | undefined;
}
interface Cancel { readonly type: 'cancel' }
/** Cancels the hold if it is open, else does nothing: of a cart whose other holds are sold. */
interface LetGo { readonly type: 'let_go' }
interface Extend { readonly type: 'extend'; readonly ttlSeconds: number }
/** The sweeper's command: expire the hold if it has lapsed, else do nothing. */
interface Expire { readonly type: 'expire' }
export type ChangeReservation = Confirm | Cancel | LetGo | Extend | Expire;

/** True when the hold has lapsed at that instant, whatever its row says. */
export function hasLapsed(reservation: Reservation, now: Date): boolean {
  return reservation.status === 'PENDING' && reservation.expiresAt.getTime() <= now.getTime();
}

/** The status as of an instant: EXPIRED for a lapsed hold, swept or not. */
export function statusAt(reservation: Reservation, now: Date): ReservationStatus {
  return hasLapsed(reservation, now) ? 'EXPIRED' : reservation.status;
}

/** The refusal of a customer who would reserve for another one; undefined for the others. */
export function deniedReserve(customerRef: string, actor: Actor): Refusal | undefined {
  return mayReserveFor(actor, customerRef) ? undefined : {
    code: 'forbidden', message: 'A customer reserves only for himself: customer_id must be your own id.', details: {},
  };
}

/** Decides a new hold. Refuses demand above what is available, and a customer who acts for another one. */
export function decideReserve(command: Reserve, stock: Stock, actor: Actor, now: Date): Decision<ReservationEvent> {
  const denied = deniedReserve(command.customerRef, actor);
  if (denied !== undefined) return { ok: false, refusal: denied };
  if (command.quantity > available(stock)) {
    return refuse('insufficient_stock', `${available(stock)} available, ${command.quantity} requested.`, {
      lines: [{
        index: 0, product_id: stock.productId, store_id: stock.storeId,
        requested: command.quantity, available: available(stock),
      }],
    });
  }
  return {
    ok: true,
    events: [{
      type: 'reservation.created',
      payload: {
        ...afterState(stock, 0, command.quantity),
        reservation_id: command.reservationId,
        customer_ref: command.customerRef,
        reservation_quantity: command.quantity,
        batch_id: command.batchId,
        reference: command.reference,
        created_by: actor.id,
        created_at: now.toISOString(),
        expires_at: new Date(now.getTime() + command.ttlSeconds * 1000).toISOString(),
      },
    }],
  };
}

function holdFields(reservation: Reservation) {
  return {
    reservation_id: reservation.id,
    customer_ref: reservation.customerRef,
    reservation_quantity: reservation.quantity,
    batch_id: reservation.batchId,
    reference: reservation.reference,
  } as const;
}

/** The event that ends a lapsed hold. The caller has checked `hasLapsed`. */
export function expire(reservation: PendingReservation, stock: Stock, now: Date): ReservationEvent {
  return {
    type: 'reservation.expired',
    payload: {
      ...afterState(stock, 0, -reservation.quantity),
      ...holdFields(reservation),
      expires_at: reservation.expiresAt.toISOString(),
      closed_at: now.toISOString(),
    },
  };
}

/**
 * The event that gives a hold up. The caller has checked that it is open.
 * @param cause why, where the holder did not want it
 */
export function release(reservation: PendingReservation, stock: Stock, now: Date, cause?: 'SHORTFALL'): ReservationEvent {
  return {
    type: 'reservation.cancelled',
    payload: {
      ...afterState(stock, 0, -reservation.quantity), ...holdFields(reservation), closed_at: now.toISOString(),
      ...(cause === undefined ? {} : { cause }),
    },
  };
}

const nothing = { ok: true, events: [] } as const;
const terminalCode = {
  CONFIRMED: 'reservation_already_confirmed',
  CANCELLED: 'reservation_already_cancelled',
  EXPIRED: 'reservation_expired',
} as const;
const verbOfState = { CONFIRMED: 'confirm', CANCELLED: 'cancel', EXPIRED: 'expire' } as const;

const UNKNOWN: Refusal = { code: 'not_found', message: 'There is no such reservation.', details: {} };

/** The refusal of a change that the actor may not make, whatever the state of the hold; undefined where he may. */
export function deniedChange(
  type: ChangeReservation['type'], reservation: Reservation | undefined, actor: Actor,
): Refusal | undefined {
  if (reservation === undefined || !mayActOn(actor, reservation)) return UNKNOWN;
  return type !== 'confirm' || maySellIn(actor, reservation.storeId) ? undefined : {
    code: 'store_not_in_scope',
    message: `Selling is for the store: your token does not cover ${reservation.storeId}. You may cancel or extend this hold.`,
    details: {},
  };
}

/**
 * Decides what becomes of an existing hold. The same command again is accepted and changes nothing. Another command, or
 * another quantity, meets the terminal state and is refused. Another customer's reservation does not exist.
 */
export function decideReservation(
  command: ChangeReservation, reservation: Reservation | undefined, stock: Stock, actor: Actor, now: Date,
): Decision<ReservationEvent> {
  const denied = deniedChange(command.type, reservation, actor);
  if (reservation === undefined || denied !== undefined) return { ok: false, refusal: denied ?? UNKNOWN };
  if (reservation.status !== 'PENDING') return decideOnTerminal(command, reservation);
  if (hasLapsed(reservation, now)) {
    if (command.type === 'expire') return { ok: true, events: [expire(reservation, stock, now)] };
    if (command.type === 'let_go') return nothing;
    return refuse('reservation_expired', `The reservation expired at ${reservation.expiresAt.toISOString()}.`);
  }
  switch (command.type) {
    case 'expire':
      return nothing;
    case 'cancel':
    case 'let_go':
      return { ok: true, events: [release(reservation, stock, now)] };
    case 'confirm':
      return decideConfirm(command, reservation, stock, now);
    case 'extend':
      return decideExtend(command, reservation, stock, now);
  }
}

function decideOnTerminal(
  command: ChangeReservation, reservation: ConfirmedReservation | ReleasedReservation,
): Decision<ReservationEvent> {
  const sameVerb = verbOfState[reservation.status] === command.type;
  const sameQuantity = command.type !== 'confirm' || reservation.status !== 'CONFIRMED'
    || (command.quantity ?? reservation.quantity) === reservation.confirmedQuantity;
  if (command.type === 'expire' || command.type === 'let_go' || (sameVerb && sameQuantity)) return nothing;
  return refuse(terminalCode[reservation.status], `The reservation is ${reservation.status} already.`);
}

function decideConfirm(
  command: Confirm, reservation: PendingReservation, stock: Stock, now: Date,
): Decision<ReservationEvent> {
  const sold = command.quantity ?? reservation.quantity;
  if (sold > reservation.quantity) {
    return refuse('validation_failed', `The reservation holds ${reservation.quantity} units.`, {
      errors: [{ pointer: '/quantity', message: `must be at most ${reservation.quantity}` }],
    });
  }
  return {
    ok: true,
    events: [{
      type: 'reservation.confirmed',
      payload: {
        ...afterState(stock, -sold, -reservation.quantity),
        ...holdFields(reservation),
        confirmed_quantity: sold,
        closed_at: now.toISOString(),
      },
    }],
  };
}

function decideExtend(
  command: Extend, reservation: PendingReservation, stock: Stock, now: Date,
): Decision<ReservationEvent> {
  const latest = reservation.createdAt.getTime() + MAX_TTL_SECONDS * 1000;
  const wanted = Math.min(now.getTime() + command.ttlSeconds * 1000, latest);
  if (wanted <= reservation.expiresAt.getTime()) return nothing;
  return {
    ok: true,
    events: [{
      type: 'reservation.extended',
      payload: {
        ...afterState(stock, 0, 0), ...holdFields(reservation), expires_at: new Date(wanted).toISOString(),
      },
    }],
  };
}

/**
 * The reservation after one more of its events.
 * @throws {Error} when the event does not fit the state: a terminal state is final
 */
export function evolveReservation(before: Reservation | undefined, event: ReservationEvent): Reservation {
  if (event.type === 'reservation.created') {
    if (before !== undefined) throw new Error(`reservation ${before.id} was created twice`);
    const p = event.payload;
    return {
      status: 'PENDING', id: p.reservation_id, stockId: p.stock_id, productId: p.product_id, storeId: p.store_id,
      customerRef: p.customer_ref, quantity: p.reservation_quantity, batchId: p.batch_id, reference: p.reference,
      createdBy: p.created_by, createdAt: new Date(p.created_at), expiresAt: new Date(p.expires_at),
    };
  }
  if (before?.status !== 'PENDING') {
    throw new Error(`${event.type} met reservation ${event.payload.reservation_id} ${before?.status ?? 'unknown'}`);
  }
  switch (event.type) {
    case 'reservation.confirmed':
      return {
        ...before, status: 'CONFIRMED', closedAt: new Date(event.payload.closed_at),
        confirmedQuantity: event.payload.confirmed_quantity, returnedQuantity: 0,
      };
    case 'reservation.cancelled':
      return { ...before, status: 'CANCELLED', closedAt: new Date(event.payload.closed_at) };
    case 'reservation.expired':
      return { ...before, status: 'EXPIRED', closedAt: new Date(event.payload.closed_at) };
    case 'reservation.extended':
      return { ...before, expiresAt: new Date(event.payload.expires_at) };
  }
}
