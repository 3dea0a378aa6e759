/**
 * Units that were sold from a hold and come back: they are on the shelf again, and the reservation remembers how many. The
 * returns of one sale add up, to no more than was sold, because each is decided under the lock of the stock row.
 */
import type { Actor } from './access.ts';
import { worksFor } from './access.ts';
import type { Refusal } from './errors.ts';
import { refuse } from './errors.ts';
import type { Payload, StockRowEvent } from './events.ts';
import type { Reservation } from './reservation.ts';
import { deniedChange, evolveReservation, statusAt } from './reservation.ts';
import type { Decision, Stock } from './stock.ts';
import { afterState } from './stock.ts';
import { MAX_QUANTITY } from './values.ts';

export interface ReturnSale {
  readonly type: 'return';
  /** Undefined: all that has not come back yet. */
  readonly quantity: number | undefined;
  /** The slip of the return. That of the hold is not copied: it may have to be forgotten with its customer. */
  readonly reference: string | null;
  readonly note: string | null;
  readonly occurredAt: string | null;
}

/** The refusal of a return that the actor may not book, whatever the state of the sale; undefined where he may. */
export function deniedReturn(reservation: Reservation | undefined, actor: Actor): Refusal | undefined {
  const unknown = deniedChange('cancel', reservation, actor);
  if (unknown !== undefined || reservation === undefined || worksFor(actor, reservation.storeId)) return unknown;
  return {
    code: 'store_not_in_scope', message: `Goods come back to the store: your token does not cover ${reservation.storeId}.`, details: {},
  };
}

/**
 * Decides a return. Without a quantity it is absolute: all of the sale is back after it, and the same again changes nothing. Refuses a
 * reservation that was not sold, and more than was sold.
 */
export function decideReturn(
  command: ReturnSale, reservation: Reservation | undefined, stock: Stock, actor: Actor, now: Date,
): Decision<StockRowEvent> {
  const denied = deniedReturn(reservation, actor);
  if (denied !== undefined) return { ok: false, refusal: denied };
  if (reservation?.status !== 'CONFIRMED') {
    const status = reservation === undefined ? 'unknown' : statusAt(reservation, now);
    return refuse('wrong_state', `The reservation is ${status}: only what was sold can come back.`, { current_status: status });
  }
  const { confirmedQuantity: sold, returnedQuantity: returned } = reservation;
  const units = command.quantity ?? sold - returned;
  if (units === 0) return { ok: true, events: [] };
  if (units > sold - returned) {
    return refuse('more_than_sold', `${sold} units were sold, ${returned} of them have come back: ${units} more cannot.`, {
      confirmed_quantity: sold, returned_quantity: returned,
    });
  }
  if (stock.quantity + units > MAX_QUANTITY) {
    return refuse('stock_limit_exceeded', `A stock row holds at most ${MAX_QUANTITY} units.`, {
      current_version: stock.version, current_quantity: stock.quantity,
    });
  }
  return {
    ok: true,
    events: [{
      type: 'stock.updated',
      payload: {
        ...afterState(stock, units, 0), reason: 'RETURN', user_id: actor.id, reference: command.reference,
        note: command.note, occurred_at: command.occurredAt,
        returned: { reservation_id: reservation.id, confirmed_quantity: sold, returned_quantity: returned + units },
      },
    }],
  };
}

/**
 * The reservation that an event changes, as it is after it; undefined for a change of the stock alone.
 * @param before finds a reservation by its id
 * @throws {Error} when the event does not fit the state
 */
export function reservationAfter(event: StockRowEvent, before: (id: string) => Reservation | undefined): Reservation | undefined {
  if (event.type !== 'stock.updated') return evolveReservation(before(event.payload.reservation_id), event);
  const { returned } = event.payload;
  return returned === undefined ? undefined : evolveReturn(before(returned.reservation_id), event.payload);
}

/** Adds the event's delta and does not copy its sum, as evolveStock does. */
function evolveReturn(before: Reservation | undefined, { delta, returned }: Payload<'stock.updated'>): Reservation {
  const back = before?.status === 'CONFIRMED' ? before.returnedQuantity + delta : undefined;
  if (before?.status !== 'CONFIRMED' || back !== returned?.returned_quantity) {
    throw new Error(`a return to ${returned?.returned_quantity} units met reservation ${returned?.reservation_id} ${before?.status ?? 'unknown'}`);
  }
  return { ...before, returnedQuantity: before.returnedQuantity + delta };
}
