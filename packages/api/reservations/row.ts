/** A reservation as clients see it. */
import type { Actor } from '@inventory/domain/access.ts';
import type { Reservation } from '@inventory/domain/reservation.ts';
import { statusAt } from '@inventory/domain/reservation.ts';
import { labelOf } from '../commit/command.ts';
import type { Accepted, Answer, PartResult, ProductLabel } from '../commit/command.ts';
import { json } from '../http/answer.ts';

/** Whose a hold is, as an answer says it. */
interface Whose { readonly customer_id: string | null; readonly customer_ref?: string | null }

/** What people call the product of a hold. */
type Called = Pick<ProductLabel, 'sku' | 'name'>;

/**
 * The same bytes for the same state, so that the same verb twice has the same answer: nothing moves with the clock but the
 * status of a hold that lapses.
 * @param whose where it is left out, the ref stands in the place of the customer's id, as stored answers have it
 */
export function reservationBody(
  reservation: Reservation, { sku, name }: Called, now: Date, whose: Whose = { customer_id: reservation.customerRef },
) {
  const status = statusAt(reservation, now);
  return {
    reservation_id: reservation.id,
    status,
    product_id: reservation.productId,
    sku,
    product_name: name,
    store_id: reservation.storeId,
    ...whose,
    quantity: reservation.quantity,
    expires_at: reservation.expiresAt.toISOString(),
    created_at: reservation.createdAt.toISOString(),
    batch_id: reservation.batchId,
    reference: reservation.reference,
    ...(reservation.status === 'CONFIRMED' ? { confirmed_quantity: reservation.confirmedQuantity } : {}),
    ...(reservation.status === 'CONFIRMED' && reservation.returnedQuantity > 0 ? { returned_quantity: reservation.returnedQuantity } : {}),
    ...(reservation.status === 'PENDING' ? {} : { closed_at: reservation.closedAt.toISOString() }),
  };
}

/** The same for a read: an open hold also says how many seconds it has left, down to 0. */
export function shownBody(reservation: Reservation, product: Called, now: Date, whose?: Whose) {
  const body = reservationBody(reservation, product, now, whose);
  return reservation.status === 'PENDING' ? { ...body, expires_in_seconds: secondsLeft(reservation, now) } : body;
}

/** Whose a hold is, as this actor is told: a customer has no use for a ref. */
export function whoseFor({ role }: Actor, { customerId, reservation }: { readonly customerId: string | null; readonly reservation: Reservation }): Whose {
  return { customer_id: customerId, ...(role === 'customer' ? {} : { customer_ref: reservation.customerRef }) };
}

/** The hold that a command left behind, and its product. @throws {Error} where it left none */
export function heldBy(result: PartResult | undefined) {
  if (result?.reservation === undefined) throw new Error('an accepted command left no reservation');
  return { stock: result.stock, reservation: result.reservation, product: labelOf(result) };
}

/** The answer to one change of a hold: the hold as the change left it. */
export function changedHold({ results: [result], now }: Accepted): Answer {
  const { reservation: hold, product, stock } = heldBy(result);
  return json(200, reservationBody(hold, product, now), { 'x-stock-version': String(stock.version) });
}

/** Whole seconds left, rounded up: a hold that still counts never reads 0. */
export function secondsLeft(reservation: Reservation, now: Date): number {
  return Math.max(0, Math.ceil((reservation.expiresAt.getTime() - now.getTime()) / 1000));
}
