/**
 * The language of the domain's specifications: given(facts).when(command).then(type, members), thenNothing() or
 * thenRefused(code, details). Facts carry plain numbers, so that a specification does not prove decide by decide.
 *
 *   given(received(10), held('rsv', 3))
 *     .when(confirm('rsv'), { at: 5 }).then('reservation.confirmed', { quantity: 7 });
 *
 * Whatever is decided is held to the laws that every decision obeys: each event fits its schema, and its after-state is
 * what evolve makes of it.
 */
import { deepEqual, equal } from 'node:assert/strict';
import type { Actor } from '../access.ts';
import type { ErrorCode, ErrorDetails } from '../errors.ts';
import type { EventType, Payload, StockRowEvent } from '../events.ts';
import { parseEvent } from '../events.ts';
import type { Folded } from './fold.ts';
import { startFold } from './fold.ts';
import type { ChangeReservation, PendingReservation, Reservation, Reserve } from '../reservation.ts';
import { decideReservation, decideReserve, hasLapsed } from '../reservation.ts';
import type { ReturnSale } from '../returns.ts';
import { decideReturn } from '../returns.ts';
import { decideCount } from '../shortfall.ts';
import type { AdjustStock, CountStock, Decision, Stock } from '../stock.ts';
import { decideStock, emptyStock } from '../stock.ts';

export const STOCK_ID = '0198a000-0000-7000-8000-000000000001';
export const PRODUCT_ID = '0198a000-0000-7000-8000-000000000002';
export const STORE_ID = 'MAD-001';
const START = Date.UTC(2026, 0, 1);

/** The instant so many seconds after the specifications' zero; fractions down to a millisecond count. */
export function at(seconds: number): Date {
  return new Date(START + Math.round(seconds * 1000));
}

/** A readable name as a reservation's id: the same name, the same UUID. */
export function reservationId(name: string): string {
  return `0198a000-0000-7000-8000-${Buffer.from(name).toString('hex').padStart(12, '0').slice(-12)}`;
}

export const admin: Actor = { id: 'admin-1', role: 'admin', storeIds: new Set() };
export const vendorOf = (...storeIds: readonly string[]): Actor => (
  { id: 'vendor-1', role: 'vendor', storeIds: new Set(storeIds) });
/** A web shop's server. */
export const service: Actor = { id: 'shop-1', role: 'service', storeIds: new Set() };
/** What stands for a customer of a readable name: the same name, the same ref. */
export function customerRef(name: string): string {
  return `0198a000-0000-7000-9000-${Buffer.from(name).toString('hex').padStart(12, '0').slice(-12)}`;
}

/** A customer, as decisions know him. */
export const customer = (name: string): Actor => ({ id: customerRef(name), role: 'customer', storeIds: new Set() });

/** What has happened: an event, given the row before it. */
export type Fact = (before: Folded) => StockRowEvent;

function after({ stock }: Folded, delta: number, reservedDelta: number) {
  const { quantity = 0, reserved = 0, version = 0 } = stock ?? {};
  return {
    stock_id: STOCK_ID, product_id: PRODUCT_ID, store_id: STORE_ID, quantity: quantity + delta,
    reserved: reserved + reservedDelta, available: quantity + delta - reserved - reservedDelta, version: version + 1,
    delta, reserved_delta: reservedDelta,
  } as const;
}

/** Units came in. */
export const received = (delta: number): Fact => (before) => ({
  type: 'stock.updated',
  payload: {
    ...after(before, delta, 0), reason: 'RESTOCK', user_id: 'vendor-1', reference: null, note: null, occurred_at: null,
  },
});

function hold(name: string, quantity: number, customer: string | null) {
  return {
    reservation_id: reservationId(name), customer_ref: customer, reservation_quantity: quantity, batch_id: null,
    reference: null,
  } as const;
}

/** A hold of cust-1 was made at zero; it lapses after `ttl` seconds (600). */
export const held = (
  name: string, quantity: number,
  { ttl = 600, by = customerRef('cust-1'), of = 'cust-1', reference = null }: { ttl?: number; by?: string; of?: string; reference?: string | null } = {},
): Fact => (before) => ({
  type: 'reservation.created',
  payload: {
    ...after(before, 0, quantity), ...hold(name, quantity, customerRef(of)), reference, created_by: by,
    created_at: at(0).toISOString(), expires_at: at(ttl).toISOString(),
  },
});

const heldBefore = (before: Folded, name: string) => {
  const reservation = before.reservations.get(reservationId(name));
  if (reservation === undefined) throw new Error(`no reservation ${name} was given`);
  return reservation;
};

export const confirmed = (name: string, units: number, seconds = 1): Fact => (before) => {
  const { quantity, customerRef: of } = heldBefore(before, name);
  return {
    type: 'reservation.confirmed',
    payload: {
      ...after(before, -units, -quantity), ...hold(name, quantity, of), confirmed_quantity: units,
      closed_at: at(seconds).toISOString(),
    },
  };
};

/** So many of the units that `name` sold came back. */
export const returned = (name: string, units: number): Fact => (before) => {
  const sale = heldBefore(before, name);
  if (sale.status !== 'CONFIRMED') throw new Error(`${name} was not sold`);
  return {
    type: 'stock.updated',
    payload: {
      ...after(before, units, 0), reason: 'RETURN', user_id: 'vendor-1', reference: null, note: null, occurred_at: null,
      returned: {
        reservation_id: sale.id, confirmed_quantity: sale.confirmedQuantity, returned_quantity: sale.returnedQuantity + units,
      },
    },
  };
};

export const cancelled = (name: string, seconds = 1): Fact => (before) => {
  const { quantity, customerRef: of } = heldBefore(before, name);
  return {
    type: 'reservation.cancelled',
    payload: {
      ...after(before, 0, -quantity), ...hold(name, quantity, of), closed_at: at(seconds).toISOString(),
    },
  };
};

export const expired = (name: string, seconds = 600): Fact => (before) => {
  const { quantity, customerRef: of, expiresAt } = heldBefore(before, name);
  return {
    type: 'reservation.expired',
    payload: {
      ...after(before, 0, -quantity), ...hold(name, quantity, of), expires_at: expiresAt.toISOString(),
      closed_at: at(seconds).toISOString(),
    },
  };
};

export const extended = (name: string, untilSeconds: number): Fact => (before) => {
  const { quantity, customerRef: of } = heldBefore(before, name);
  return {
    type: 'reservation.extended',
    payload: {
      ...after(before, 0, 0), ...hold(name, quantity, of), expires_at: at(untilSeconds).toISOString(),
    },
  };
};

/** The events of these facts, one after the other. */
export function happened(...facts: readonly Fact[]): readonly StockRowEvent[] {
  const stream = startFold();
  return facts.map((fact) => {
    const event = fact(stream);
    append(stream, [event]);
    return event;
  });
}

/** What somebody asks for, decided on what has happened. */
export type Command = (state: Folded, actor: Actor, now: Date) => Decision<StockRowEvent>;

export const rowOf = (state: Folded): Stock => state.stock ?? emptyStock(STOCK_ID, PRODUCT_ID, STORE_ID);

export const adjust = (delta: number, more: Partial<AdjustStock> = {}): Command => (state, actor) => decideStock({
  type: 'adjust_stock', delta, reason: 'CORRECTION', expectedVersion: undefined, reference: null, note: null,
  occurredAt: null, ...more,
}, rowOf(state), actor);

export const count = (quantity: number, more: Partial<CountStock> = {}): Command => (state, actor, now) => decideCount({
  type: 'count_stock', quantity, expectedVersion: undefined, expectedQuantity: undefined, mustExist: false, onShortfall: 'REFUSE',
  reference: null, note: null, occurredAt: null, ...more,
}, rowOf(state), {
  holds: () => [...state.reservations.values()].filter((each) => !hasLapsed(each, now)).filter(isPending), actor, now,
});

export const isPending = (reservation: Reservation): reservation is PendingReservation => reservation.status === 'PENDING';

export const reserve = (name: string, quantity: number, more: Partial<Reserve> = {}): Command =>
  (state, actor, now) => decideReserve({
    type: 'reserve', reservationId: reservationId(name), customerRef: customerRef('cust-1'), quantity, ttlSeconds: 600,
    batchId: null, reference: null, ...more,
  }, rowOf(state), actor, now);

const change = (name: string, command: ChangeReservation): Command => (state, actor, now) =>
  decideReservation(command, state.reservations.get(reservationId(name)), rowOf(state), actor, now);

export const confirm = (name: string, quantity?: number): Command => change(name, { type: 'confirm', quantity });
export const letGo = (name: string): Command => change(name, { type: 'let_go' });
export const giveBack = (name: string, quantity?: number, more: Partial<ReturnSale> = {}): Command => (state, actor, now) => decideReturn({
  type: 'return', quantity, reference: null, note: null, occurredAt: null, ...more,
}, state.reservations.get(reservationId(name)), rowOf(state), actor, now);
export const cancel = (name: string): Command => change(name, { type: 'cancel' });
export const extend = (name: string, ttlSeconds: number): Command => change(name, { type: 'extend', ttlSeconds });
export const expire = (name: string): Command => change(name, { type: 'expire' });

/**
 * Adds what was decided to a stream.
 * @throws {Error} when an event does not fit its schema, or claims another state than evolve makes of it
 */
export function append(stream: ReturnType<typeof startFold>, events: readonly StockRowEvent[]): void {
  for (const event of events) {
    deepEqual(parseEvent(event.type, event.payload), event);
    stream.add(event);
    const { payload } = event;
    deepEqual(stream.stock, {
      id: payload.stock_id, productId: payload.product_id, storeId: payload.store_id, quantity: payload.quantity,
      reserved: payload.reserved, version: payload.version,
    });
    equal(payload.available, payload.quantity - payload.reserved);
  }
}

export function given(...facts: readonly Fact[]) {
  const stream = startFold();
  append(stream, happened(...facts));
  return {
    /** Asked `at` so many seconds past zero (1) `by` somebody (the administrator). */
    when(command: Command, asked: { readonly at?: number; readonly by?: Actor } = {}) {
      const decision = command(stream, asked.by ?? admin, at(asked.at ?? 1));
      if (decision.ok) append(stream, decision.events);
      return {
        /** Exactly one event, of this type, with (at least) these members. */
        then<T extends EventType>(type: T, members: Partial<Payload<T>>): void {
          const events = decision.ok ? decision.events : decision.refusal;
          if (!decision.ok || decision.events.length !== 1) return deepEqual(events, [{ type, payload: members }]);
          const [event] = decision.events;
          const seen = Object.entries(event?.payload ?? {}).filter(([name]) => Object.hasOwn(members, name));
          return deepEqual({ type: event?.type, payload: Object.fromEntries(seen) }, { type, payload: members });
        },
        /** Accepted, and nothing changes. */
        thenNothing(): void {
          deepEqual(decision, { ok: true, events: [] });
        },
        thenRefused(code: ErrorCode, details?: ErrorDetails): void {
          if (decision.ok) return deepEqual(decision.events, code);
          equal(decision.refusal.code, code);
          if (details !== undefined) deepEqual(decision.refusal.details, details);
          return undefined;
        },
      };
    },
  };
}
