/**
 * The rows of a batch as they stand while it is being decided. A command works on a layer of its own, which is kept
 * when the command is accepted and dropped when it is refused: all or nothing.
 */
import type { Role } from '@inventory/domain/access.ts';
import type { Payload, StockRowEvent } from '@inventory/domain/events.ts';
import { holderOf } from '@inventory/domain/limits.ts';
import type { Held, Holder } from '@inventory/domain/limits.ts';
import type { PendingReservation, Reservation } from '@inventory/domain/reservation.ts';
import { reservationAfter } from '@inventory/domain/returns.ts';
import type { Stock } from '@inventory/domain/stock.ts';
import type { Cause } from './command.ts';
import { evolveStock } from '@inventory/domain/stock.ts';

/** One event to append, with who caused it. */
export interface PendingEvent {
  readonly id: string;
  readonly event: StockRowEvent;
  /** Of whoever caused it. */
  readonly role: Role;
  /** As decisions know him who caused it. */
  readonly cause: Cause;
}

export interface WorkingSet {
  /** The layer below, where a row is looked for that is not in this one. */
  readonly base: WorkingSet | undefined;
  readonly stocks: Map<string, Stock>;
  /** Ids of stock rows by product and store. */
  readonly ids: Map<string, string>;
  readonly reservations: Map<string, Reservation>;
  /** Ids of reservations by stock row: a long count that falls short asks for those of each of its rows. */
  readonly ofStock: Map<string, Set<string>>;
  /** What is held by those whose holds are counted, by `nameOf`. */
  readonly held: Map<string, Held>;
  /** Units that the customers, by their refs, confirmed in 24 hours whose sales are counted. */
  readonly sold: Map<string, number>;
  readonly events: PendingEvent[];
}

/** An empty layer above `base`, or the lowest one. */
export function createWorkingSet(base?: WorkingSet): WorkingSet {
  return { base, stocks: new Map(), ids: new Map(), reservations: new Map(), ofStock: new Map(), held: new Map(), sold: new Map(), events: [] };
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

/** The open holds of a stock row that are known here. */
export function openHoldsOf(set: WorkingSet, stockId: string): readonly PendingReservation[] {
  const ids = new Set<string>();
  for (let layer: WorkingSet | undefined = set; layer !== undefined; layer = layer.base) {
    for (const id of layer.ofStock.get(stockId) ?? []) ids.add(id);
  }
  return [...ids].map((id) => reservationById(set, id)).filter((each): each is PendingReservation => each?.status === 'PENDING');
}

/** A holder as one text: a vendor and a customer may have the same id. */
export function nameOf({ kind, id }: Holder): string {
  return `${kind} ${id}`;
}

/** What somebody holds; undefined where that was not asked for. */
export function heldBy(set: WorkingSet | undefined, holder: Holder): Held | undefined {
  return set === undefined ? undefined : set.held.get(nameOf(holder)) ?? heldBy(set.base, holder);
}

/** What a customer confirmed in 24 hours; undefined where that was not asked for. */
export function soldTo(set: WorkingSet | undefined, ref: string): number | undefined {
  return set === undefined ? undefined : set.sold.get(ref) ?? soldTo(set.base, ref);
}

export function putStock(set: WorkingSet, stock: Stock): void {
  set.stocks.set(stock.id, stock);
  set.ids.set(`${stock.productId}/${stock.storeId}`, stock.id);
}

export function putReservation(set: WorkingSet, reservation: Reservation): void {
  set.reservations.set(reservation.id, reservation);
  const ids = set.ofStock.get(reservation.stockId);
  if (ids === undefined) set.ofStock.set(reservation.stockId, new Set([reservation.id]));
  else ids.add(reservation.id);
}

/** Appends an event, and the rows follow it. */
export function append(set: WorkingSet, pending: PendingEvent): void {
  const { event } = pending;
  putStock(set, evolveStock(stockById(set, event.payload.stock_id), event));
  const reservation = reservationAfter(event, (id) => reservationById(set, id));
  if (reservation !== undefined) putReservation(set, reservation);
  if (event.type === 'reservation.created') countHold(set, event.payload, pending.role);
  if (event.type === 'reservation.confirmed' && pending.role === 'customer') countSale(set, event.payload);
  set.events.push(pending);
}

/** A hold that ends in the same batch is not taken off: the order within a batch is nothing to rely on. */
function countHold(set: WorkingSet, created: Payload<'reservation.created'>, role: Role): void {
  const holder = holderOf({ role, id: created.created_by }, created.customer_ref ?? '');
  const held = holder === undefined ? undefined : heldBy(set, holder);
  if (holder === undefined || held === undefined) return;
  set.held.set(nameOf(holder), {
    units: held.units + created.reservation_quantity, reservations: held.reservations + 1,
  });
}

function countSale(set: WorkingSet, { customer_ref: ref, confirmed_quantity: units }: Payload<'reservation.confirmed'>): void {
  const sold = ref === null ? undefined : soldTo(set, ref);
  if (ref !== null && sold !== undefined) set.sold.set(ref, sold + units);
}

/** Makes what was done in this layer part of the layer below. */
export function keep(set: WorkingSet): void {
  const { base } = set;
  if (base === undefined) return;
  for (const stock of set.stocks.values()) putStock(base, stock);
  for (const reservation of set.reservations.values()) putReservation(base, reservation);
  for (const [holder, held] of set.held) base.held.set(holder, held);
  for (const [ref, units] of set.sold) base.sold.set(ref, units);
  for (const pending of set.events) base.events.push(pending);
}
