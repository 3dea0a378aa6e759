/** A small history in which every promise holds, for tests that break one of them. */
import type { Delivery } from '../load/durable.ts';
import type { Lap } from '../load/follower.ts';
import type { Operation, Read } from '../load/history.ts';
import type { Copy, LoggedEvent, ReservationRow } from './copy.ts';
import type { Message } from './stream.ts';

export const T0 = 1_700_000_000_000;
export const PRODUCT = 'product-a';
export const ROW = 'row-1';
export const STORE = 'MAD-001';
export const STREAM = 'stream-of-today';

const NOTHING = {
  product: null, quantity: null, reserved: null, available: null, delta: null, reserved_delta: null, held: null, confirmed: null,
  reference: null, batch: null, name: null, expires_at: null,
} as const;

function event(position: number, type: string, version: number, more: Partial<LoggedEvent>): LoggedEvent {
  return {
    ...NOTHING, position, id: `event-${position}`, type, store: STORE, aggregate: PRODUCT, row: ROW, version,
    at_ms: T0 + position * 1_000, body: `body-${position}`, product: PRODUCT, ...more,
  };
}

const state = (quantity: number, reserved: number) => ({ quantity, reserved, available: quantity - reserved });
const DEADLINE = new Date(T0 + 600_000).toISOString();

/** A receipt of ten, a hold of two of which one is sold, a hold of three that stays, a hold that is let go, a new name. */
export const EVENTS: readonly LoggedEvent[] = [
  event(1, 'stock.updated', 1, { ...state(10, 0), delta: 10, reserved_delta: 0, reference: 'receipt' }),
  event(2, 'reservation.created', 2, { ...state(10, 2), delta: 0, reserved_delta: 2, held: 2, aggregate: 'sold', reference: 'hold-sold', expires_at: DEADLINE }),
  event(3, 'reservation.confirmed', 3, { ...state(9, 0), delta: -1, reserved_delta: -2, held: 2, confirmed: 1, aggregate: 'sold', reference: 'hold-sold' }),
  event(4, 'reservation.created', 4, { ...state(9, 3), delta: 0, reserved_delta: 3, held: 3, aggregate: 'open', reference: 'hold-open', expires_at: DEADLINE }),
  event(5, 'reservation.created', 5, { ...state(9, 4), delta: 0, reserved_delta: 1, held: 1, aggregate: 'gone', reference: 'hold-gone', expires_at: DEADLINE }),
  event(6, 'reservation.cancelled', 6, { ...state(9, 3), delta: 0, reserved_delta: -1, held: 1, aggregate: 'gone', reference: 'hold-gone' }),
  event(7, 'product.updated', 1, { row: PRODUCT, store: 'GLOBAL', name: 'name' }),
];

const reservation = (id: string, quantity: number, status: string, confirmed: number | null): ReservationRow => ({
  id, stock: ROW, quantity, status, confirmed, batch: null, expires_ms: T0 + 600_000, closed_ms: status === 'PENDING' ? null : T0 + 5_000,
});

export const COPY: Copy = {
  nowMs: T0 + 20_000,
  epoch: 1,
  events: EVENTS,
  stock: [{ id: ROW, product: PRODUCT, store: STORE, quantity: 9, reserved: 3, version: 6 }],
  reservations: [reservation('sold', 2, 'CONFIRMED', 1), reservation('open', 3, 'PENDING', null), reservation('gone', 1, 'CANCELLED', null)],
  storedFailures: [],
  marks: { stream: STREAM, published: new Map(EVENTS.map(({ id, position }) => [id, position])), setAside: new Set() },
};

export const MESSAGES: readonly Message[] = EVENTS.map(({ id, position, type, store, row, body }) => ({
  id, position, row, body, sequence: position, subject: `${type}.${store}`, repair: false,
}));

export const DELIVERIES: readonly Delivery[] = EVENTS.map(({ id, row, position, version }) => ({
  id, row, sequence: position, nth: position, stream: STREAM, version: version ?? undefined, again: false, repair: false, atMs: T0 + position * 1_000 + 50, lagMs: 50,
}));

export const LAP: Lap = { beganMs: T0, endedMs: undefined, events: EVENTS.map(({ id, position }) => ({ id, position })) };

/** An operation that was answered half a second after its event. */
export function operation(nth: number, more: Partial<Operation>, text = '{}'): Operation {
  return {
    nth, api: 'api-1', kind: 'adjust', tag: undefined, key: undefined, productId: PRODUCT, storeId: STORE, subjectId: undefined, events: 1,
    invokedMs: T0 + nth * 1_000 - 10, answer: { returnedMs: T0 + nth * 1_000 + 500, outcome: 'ok', status: 200, text }, ...more,
  };
}

const held = (id: string, status: string): string => JSON.stringify({ reservation_id: id, status, expires_at: DEADLINE });

export const OPERATIONS: readonly Operation[] = [
  operation(1, { tag: 'receipt', key: 'key-1' }, JSON.stringify({ quantity: 10, reserved: 0, version: 1 })),
  operation(2, { kind: 'reserve', tag: 'hold-sold', key: 'key-2' }, held('sold', 'PENDING')),
  operation(3, { kind: 'confirm', subjectId: 'sold', key: 'key-3' }, held('sold', 'CONFIRMED')),
  operation(4, { kind: 'reserve', tag: 'hold-open' }, held('open', 'PENDING')),
  operation(5, { kind: 'reserve', tag: 'hold-gone', key: 'key-5' }, held('gone', 'PENDING')),
  operation(6, { kind: 'cancel', subjectId: 'gone', key: 'key-6' }, held('gone', 'CANCELLED')),
  operation(7, { kind: 'rename', tag: 'name', key: 'key-7' }),
];

/** A read of the row at its last version, as of one second after its last event. */
export const READ: Read = {
  api: 'api-1', productId: PRODUCT, invokedMs: T0 + 7_100, returnedMs: T0 + 7_110, status: 200, least: undefined,
  shown: { asOfMs: T0 + 7_000, source: 'cache', stores: [{ store_id: STORE, available: 6, reserved: 3, version: 6 }] },
};
