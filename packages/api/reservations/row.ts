/** A reservation as clients see it. */
import type { Reservation } from '@inventory/domain/reservation.ts';
import { statusAt } from '@inventory/domain/reservation.ts';
import type { PartResult } from '../commit/command.ts';

/**
 * The same bytes for the same state, so that the same verb twice has the same answer: nothing moves with the clock but the
 * status of a hold that lapses.
 */
export function reservationBody(reservation: Reservation, now: Date) {
  const status = statusAt(reservation, now);
  return {
    reservation_id: reservation.id,
    status,
    product_id: reservation.productId,
    store_id: reservation.storeId,
    customer_id: reservation.customerId,
    quantity: reservation.quantity,
    expires_at: reservation.expiresAt.toISOString(),
    created_at: reservation.createdAt.toISOString(),
    batch_id: reservation.batchId,
    reference: reservation.reference,
    ...(reservation.status === 'CONFIRMED' ? { confirmed_quantity: reservation.confirmedQuantity } : {}),
    ...(reservation.status === 'PENDING' ? {} : { closed_at: reservation.closedAt.toISOString() }),
  };
}

/** The same for a read: an open hold also says how many seconds it has left, down to 0. */
export function shownBody(reservation: Reservation, now: Date) {
  const body = reservationBody(reservation, now);
  return reservation.status === 'PENDING' ? { ...body, expires_in_seconds: secondsLeft(reservation, now) } : body;
}

/** The hold that a command left behind. @throws {Error} where it left none */
export function heldBy(result: PartResult | undefined) {
  if (result?.reservation === undefined) throw new Error('an accepted command left no reservation');
  return { stock: result.stock, reservation: result.reservation };
}

/** Whole seconds left, rounded up: a hold that still counts never reads 0. */
export function secondsLeft(reservation: Reservation, now: Date): number {
  return Math.max(0, Math.ceil((reservation.expiresAt.getTime() - now.getTime()) / 1000));
}
