/** The rows of a batch as they stand while it is being decided. A scratch layer makes one command all or nothing. */
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

export class Working {
  readonly #base: Working | undefined;
  readonly #stocks = new Map<string, Stock>();
  readonly #ids = new Map<string, string>();
  readonly #reservations = new Map<string, Reservation>();
  readonly #held = new Map<string, Held>();
  readonly #events: PendingEvent[] = [];

  constructor(base?: Working) {
    this.#base = base;
  }

  stock(id: string): Stock | undefined {
    return this.#stocks.get(id) ?? this.#base?.stock(id);
  }
  stockAt(productId: string, storeId: string): Stock | undefined {
    const id = this.#ids.get(`${productId}/${storeId}`);
    return id === undefined ? this.#base?.stockAt(productId, storeId) : this.stock(id);
  }
  reservation(id: string): Reservation | undefined {
    return this.#reservations.get(id) ?? this.#base?.reservation(id);
  }
  /** What a customer holds; undefined where that was not asked for. */
  held(customerId: string): Held | undefined {
    return this.#held.get(customerId) ?? this.#base?.held(customerId);
  }
  setStock(stock: Stock): void {
    this.#stocks.set(stock.id, stock);
    this.#ids.set(`${stock.productId}/${stock.storeId}`, stock.id);
  }
  setReservation(reservation: Reservation): void {
    this.#reservations.set(reservation.id, reservation);
  }
  setHeld(customerId: string, held: Held): void {
    this.#held.set(customerId, held);
  }
  append(pending: PendingEvent): void {
    const { event } = pending;
    this.setStock(evolveStock(this.stock(event.payload.stock_id), event));
    if (event.type !== 'stock.updated') {
      this.setReservation(evolveReservation(this.reservation(event.payload.reservation_id), event));
    }
    if (event.type === 'reservation.created') this.#count(event.payload);
    this.#events.push(pending);
  }
  /** What is let go in the same batch is not taken off: one batch has no order that anybody could rely on. */
  #count({ customer_id: customerId, reservation_quantity: units }: Payload<'reservation.created'>): void {
    const held = this.held(customerId);
    if (held === undefined) return;
    this.setHeld(customerId, { units: held.units + units, reservations: held.reservations + 1 });
  }
  /** Makes what was done here part of the layer below. */
  keep(): void {
    for (const stock of this.#stocks.values()) this.#base?.setStock(stock);
    for (const reservation of this.#reservations.values()) this.#base?.setReservation(reservation);
    for (const [customerId, held] of this.#held) this.#base?.setHeld(customerId, held);
    for (const pending of this.#events) this.#base?.keepEvent(pending);
  }
  keepEvent(pending: PendingEvent): void {
    this.#events.push(pending);
  }
  get stocks(): Iterable<Stock> { return this.#stocks.values(); }
  get reservations(): Iterable<Reservation> { return this.#reservations.values(); }
  get events(): readonly PendingEvent[] { return this.#events; }
}
