/** fold(events) = stock and reservations: the equation that checks the whole system (docs/invariants.md, I6). */
import type { StockRowEvent } from '../events.ts';
import type { Reservation } from '../reservation.ts';
import { reservationAfter } from '../returns.ts';
import type { Stock } from '../stock.ts';
import { evolveStock } from '../stock.ts';

/** The sum of a stream's events: the row, and its reservations by id. */
export interface Folded {
  readonly stock: Stock | undefined;
  readonly reservations: ReadonlyMap<string, Reservation>;
}

export interface Folding extends Folded {
  /** Takes the next event of the stream. @throws {Error} when it does not follow its predecessor */
  readonly add: (event: StockRowEvent) => void;
}

/** A fold that is fed event by event, for streams that are read in pages. */
export function startFold(): Folding {
  let stock: Stock | undefined;
  const reservations = new Map<string, Reservation>();
  return {
    get stock() { return stock; },
    reservations,
    add(event) {
      stock = evolveStock(stock, event);
      const reservation = reservationAfter(event, (id) => reservations.get(id));
      if (reservation !== undefined) reservations.set(reservation.id, reservation);
    },
  };
}

/** Folds a stream from its first event. @throws {Error} when an event does not follow its predecessor */
export function fold(events: Iterable<StockRowEvent>): Folded {
  const folding = startFold();
  for (const event of events) folding.add(event);
  return { stock: folding.stock, reservations: folding.reservations };
}
