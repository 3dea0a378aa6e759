/**
 * The events of the log: a closed union with one zod schema each. A payload has the whole state after the event (quantity,
 * reserved, available, version) and what changed, so a consumer that reads it late or twice need not ask back. Names are
 * those on the wire. Schemas of stored payloads allow unknown members, because the log outlives the code that reads it. These
 * are the newest versions; older ones stay readable through upcasters (events-stored.ts).
 */
import { z } from 'zod';
import { storedIdentifiers } from './barcodes.ts';
import { MAX_DISPLAY_EXPONENT, productUnits } from './limits.ts';
import { MAX_QUANTITY } from './values.ts';

export const stockReasons = [
  'RESTOCK', 'SALE', 'RETURN', 'DAMAGE', 'LOSS', 'TRANSFER_IN', 'TRANSFER_OUT', 'COUNT', 'CORRECTION',
] as const;
export type StockReason = (typeof stockReasons)[number];

export const storeStatuses = ['OPEN', 'CLOSED'] as const;

const units = z.int().min(0).max(MAX_QUANTITY);
const version = z.int().min(1);
const uuid = z.uuid();
const instant = z.iso.datetime({ offset: true });

export const afterState = {
  stock_id: uuid,
  product_id: uuid,
  store_id: z.string(),
  quantity: units,
  reserved: units,
  available: units,
  version,
  /** The change of quantity by this event; 0 when only holds changed. */
  delta: z.int(),
  /** The change of reserved by this event. */
  reserved_delta: z.int(),
};

const hold = {
  reservation_id: uuid,
  /** What stands for the customer. null in an event of version 1, which has his id and no ref (events-past.ts). */
  customer_ref: uuid.nullable(),
  /** Units held by the reservation when it was made. */
  reservation_quantity: z.int().min(1),
  batch_id: uuid.nullable(),
  reference: z.string().nullable(),
};

export const stockUpdated = z.object({
  ...afterState,
  reason: z.enum(stockReasons),
  user_id: z.string(),
  reference: z.string().nullable(),
  note: z.string().nullable(),
  occurred_at: instant.nullable(),
  /** Where units of a sale came back: which sale, and how many of its units by now. Left out by releases before it. */
  returned: z.object({
    reservation_id: uuid, confirmed_quantity: z.int().min(1), returned_quantity: z.int().min(1),
  }).optional(),
});

const reservationCreated = z.object({
  ...afterState,
  ...hold,
  /** The user who made it; where that is a customer, his ref. */
  created_by: z.string(),
  created_at: instant,
  expires_at: instant,
});

const reservationConfirmed = z.object({
  ...afterState,
  ...hold,
  /** Units sold; the rest of the hold is released. */
  confirmed_quantity: z.int().min(1),
  closed_at: instant,
});

const reservationCancelled = z.object({
  ...afterState, ...hold, closed_at: instant,
  /** SHORTFALL: a count found less than was held, and ended the hold. Left out where somebody gave it up. */
  cause: z.string().optional(),
});
const reservationExpired = z.object({ ...afterState, ...hold, expires_at: instant, closed_at: instant });
const reservationExtended = z.object({ ...afterState, ...hold, expires_at: instant });

/** Demand that could not be met. It changes nothing, so it has no version and no state after it. */
export const reservationRejected = z.object({
  attempt_id: uuid,
  product_id: uuid,
  store_id: z.string(),
  /** null where nothing else was ever written of the customer, and in an event of version 1. */
  customer_ref: uuid.nullable(),
  requested: z.int().min(1),
  available: units,
  /** Further refusals of the same stock row that this one stands for. */
  suppressed: z.int().min(0),
});

const product = {
  product_id: uuid,
  sku: z.string(),
  name: z.string(),
  description: z.string().nullable(),
  category: z.string().nullable(),
  /** A decimal string with two places: money is never a float. */
  price: z.string().regex(/^\d{1,8}\.\d{2}$/),
  version,
  /**
   * The codes by which it is scanned, and in what it is counted. An event of a release before them says none of these: a reader
   * keeps what it knows, and knows at first that there are no codes, and that it is counted in pieces.
   */
  identifiers: storedIdentifiers.optional(),
  unit: z.enum(productUnits).optional(),
  /** Decimal places with which numbers of it are shown. */
  display_exponent: z.int().min(0).max(MAX_DISPLAY_EXPONENT).optional(),
};
const productCreated = z.object(product);
const productUpdated = z.object(product);
const productArchived = z.object(product);

/**
 * What a store is besides its name. An event of a release before them says none of these: a reader keeps what it knows, and
 * knows at first the defaults (in no group, at no known place, open). Members that are added so need no version of their own.
 */
const whereabouts = {
  groups: z.array(z.string()).optional(),
  latitude: z.number().nullable().optional(),
  longitude: z.number().nullable().optional(),
  /** ISO 3166-1, two letters. */
  country: z.string().nullable().optional(),
  /** A name of the IANA database. */
  time_zone: z.string().nullable().optional(),
  priority: z.int().optional(),
  pickup: z.boolean().optional(),
  ships: z.boolean().optional(),
  status: z.enum(storeStatuses).optional(),
};
const store = { store_uid: uuid, store_id: z.string(), name: z.string(), version, ...whereabouts };
const storeCreated = z.object(store);
const storeUpdated = z.object(store);

/** A customer was forgotten: nobody can tell any more whose the ref was. It belongs to no store, and has no version. */
export const customerErased = z.object({
  customer_ref: uuid,
  erasure_id: uuid,
  /** Holds that were open, and were cancelled for it. */
  holds_released: z.int().min(0),
  erased_at: instant,
});

export const eventSchemas = {
  'stock.updated': stockUpdated,
  'reservation.created': reservationCreated,
  'reservation.confirmed': reservationConfirmed,
  'reservation.cancelled': reservationCancelled,
  'reservation.expired': reservationExpired,
  'reservation.extended': reservationExtended,
  'reservation.rejected': reservationRejected,
  'product.created': productCreated,
  'product.updated': productUpdated,
  'product.archived': productArchived,
  'store.created': storeCreated,
  'store.updated': storeUpdated,
  'customer.erased': customerErased,
} as const;

export type EventType = keyof typeof eventSchemas;
export type Payload<T extends EventType> = Readonly<z.infer<(typeof eventSchemas)[T]>>;
type EventOf<T extends EventType> = T extends EventType
  ? { readonly type: T; readonly payload: Payload<T> }
  : never;

export type DomainEvent = EventOf<EventType>;
export type ReservationEvent = EventOf<
  | 'reservation.created' | 'reservation.confirmed' | 'reservation.cancelled'
  | 'reservation.expired' | 'reservation.extended'
>;
/** The events that make up the stream of one stock row: each raises its version by one. */
export type StockRowEvent = EventOf<'stock.updated'> | ReservationEvent;
export type CatalogueEvent = EventOf<
  'product.created' | 'product.updated' | 'product.archived' | 'store.created' | 'store.updated'
>;

export function isEventType(type: string): type is EventType {
  return Object.hasOwn(eventSchemas, type);
}

/** True for the events of a stock row's stream. */
export function isStockRowEvent(event: DomainEvent): event is StockRowEvent {
  return event.type === 'stock.updated'
    || (event.type.startsWith('reservation.') && event.type !== 'reservation.rejected');
}

const parsers: { readonly [T in EventType]: (payload: unknown) => EventOf<T> } = {
  'stock.updated': (p) => ({ type: 'stock.updated', payload: stockUpdated.parse(p) }),
  'reservation.created': (p) => ({ type: 'reservation.created', payload: reservationCreated.parse(p) }),
  'reservation.confirmed': (p) => ({ type: 'reservation.confirmed', payload: reservationConfirmed.parse(p) }),
  'reservation.cancelled': (p) => ({ type: 'reservation.cancelled', payload: reservationCancelled.parse(p) }),
  'reservation.expired': (p) => ({ type: 'reservation.expired', payload: reservationExpired.parse(p) }),
  'reservation.extended': (p) => ({ type: 'reservation.extended', payload: reservationExtended.parse(p) }),
  'reservation.rejected': (p) => ({ type: 'reservation.rejected', payload: reservationRejected.parse(p) }),
  'product.created': (p) => ({ type: 'product.created', payload: productCreated.parse(p) }),
  'product.updated': (p) => ({ type: 'product.updated', payload: productUpdated.parse(p) }),
  'product.archived': (p) => ({ type: 'product.archived', payload: productArchived.parse(p) }),
  'store.created': (p) => ({ type: 'store.created', payload: storeCreated.parse(p) }),
  'store.updated': (p) => ({ type: 'store.updated', payload: storeUpdated.parse(p) }),
  'customer.erased': (p) => ({ type: 'customer.erased', payload: customerErased.parse(p) }),
};

/**
 * Reads an event as it was stored or received.
 * @throws {TypeError} when the type is unknown; {z.ZodError} when the payload does not fit its schema
 */
export function parseEvent(type: string, payload: unknown): DomainEvent {
  if (!isEventType(type)) throw new TypeError(`unknown event type ${JSON.stringify(type)}`);
  return parsers[type](payload);
}

/** The id of the subject of the event: the product for stock.* and product.*, the reservation (or attempt), the store, or the customer's ref. */
export function aggregateIdOf(event: DomainEvent): string {
  switch (event.type) {
    case 'stock.updated':
    case 'product.created':
    case 'product.updated':
    case 'product.archived':
      return event.payload.product_id;
    case 'reservation.rejected':
      return event.payload.attempt_id;
    case 'store.created':
    case 'store.updated':
      return event.payload.store_uid;
    case 'customer.erased':
      return event.payload.customer_ref;
    default:
      return event.payload.reservation_id;
  }
}

/** The stream that the event belongs to, and its version there (null: the event changes nothing). */
export function streamOf(event: DomainEvent): { readonly id: string; readonly version: number | null } {
  switch (event.type) {
    case 'product.created':
    case 'product.updated':
    case 'product.archived':
      return { id: event.payload.product_id, version: event.payload.version };
    case 'store.created':
    case 'store.updated':
      return { id: event.payload.store_uid, version: event.payload.version };
    case 'reservation.rejected':
      return { id: event.payload.attempt_id, version: null };
    case 'customer.erased':
      return { id: event.payload.customer_ref, version: null };
    default:
      return { id: event.payload.stock_id, version: event.payload.version };
  }
}
