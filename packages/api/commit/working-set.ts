/**
 * The rows of a batch as they stand while it is being decided. A command works on a layer of its own, which is kept
 * when the command is accepted and dropped when it is refused: all or nothing.
 */
import type { Payload, StockRowEvent } from '@inventory/domain/events.ts';
import type { Held } from '@inventory/domain/hold-limits.ts';
import type { Reservation } from '@inventory/domain/reservation.ts';
import { evolveReservation } from '@inventory/domain/reservation.ts';
import type { Stock } from '@inventory/domain/stock.ts';
import { evolveStock } from '@inventory/domain/stock.ts';

/** One event to append, with who caused it. */
export interface PendingEvent {
  readonly id: string;
  readonly event: StockRowEvent;
  readonly metadata: object;
}

export interface WorkingSet {
  /** The layer below, where a row is looked for that is not in this one. */
  readonly base: WorkingSet | undefined;
  readonly stocks: Map<string, Stock>;
  /** Ids of stock rows by product and store. */
  readonly ids: Map<string, string>;
  readonly reservations: Map<string, Reservation>;
  /** What the customers hold whose holds are counted. */
  readonly held: Map<string, Held>;
  readonly events: PendingEvent[];
}

/** An empty layer above `base`, or the lowest one. */
export function createWorkingSet(base?: WorkingSet): WorkingSet {
  return { base, stocks: new Map(), ids: new Map(), reservations: new Map(), held: new Map(), events: [] };
}

export function stockById(set: WorkingSet | undefined, id: string): Stock | undefined {
  return set === undefined ? undefined : set.stocks.get(id) ?? stockById(set.base, id);
}

export function stockAt(set: WorkingSet | undefined, productId: string, storeId: string): Stock | undefined {
  if (set === undefined) return undefined;
  const id = set.ids.get(`${productId}/${storeId}`);
  return id === undefined ? stockAt(set.base, productId, storeId) : stockById(set, id);
}

export function reservationById(set: WorkingSet | undefined, id: string): Reservation | undefined {
  return set === undefined ? undefined : set.reservations.get(id) ?? reservationById(set.base, id);
}

/** What a customer holds; undefined where that was not asked for. */
export function heldBy(set: WorkingSet | undefined, customerId: string): Held | undefined {
  return set === undefined ? undefined : set.held.get(customerId) ?? heldBy(set.base, customerId);
}

export function putStock(set: WorkingSet, stock: Stock): void {
  set.stocks.set(stock.id, stock);
  set.ids.set(`${stock.productId}/${stock.storeId}`, stock.id);
}

/** Appends an event, and the rows follow it. */
export function append(set: WorkingSet, pending: PendingEvent): void {
  const { event } = pending;
  putStock(set, evolveStock(stockById(set, event.payload.stock_id), event));
  if (event.type !== 'stock.updated') {
    const { reservation_id: id } = event.payload;
    set.reservations.set(id, evolveReservation(reservationById(set, id), event));
  }
  if (event.type === 'reservation.created') countHold(set, event.payload);
  set.events.push(pending);
}

/** A hold that ends in the same batch is not taken off: the order within a batch is nothing to rely on. */
function countHold(set: WorkingSet, { customer_id: id, reservation_quantity: units }: Payload<'reservation.created'>): void {
  const held = heldBy(set, id);
  if (held !== undefined) set.held.set(id, { units: held.units + units, reservations: held.reservations + 1 });
}

/** Makes what was done in this layer part of the layer below. */
export function keep(set: WorkingSet): void {
  const { base } = set;
  if (base === undefined) return;
  for (const stock of set.stocks.values()) putStock(base, stock);
  for (const [id, reservation] of set.reservations) base.reservations.set(id, reservation);
  for (const [customerId, held] of set.held) base.held.set(customerId, held);
  for (const pending of set.events) base.events.push(pending);
}
