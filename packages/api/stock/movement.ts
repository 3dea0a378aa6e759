/** One event of a stock row as a movement: who, why, and the numbers before and after it. */
import type { Database } from '@inventory/db/pool.ts';
import { isStockRowEvent } from '@inventory/domain/events.ts';
import type { StockRowEvent } from '@inventory/domain/events.ts';
import { readStoredEvent } from '@inventory/domain/events-stored.ts';
import type { History } from '@inventory/domain/events-stored.ts';
import { sql } from 'kysely';
import { z } from 'zod';
import { ERASED, lostReferences } from '../erasure/references.ts';

const numbers = z.object({ quantity: z.int(), reserved: z.int(), available: z.int() });

export const movement = z.object({
  version: z.int(),
  event_id: z.uuid(),
  type: z.string(),
  position: z.int(),
  time: z.iso.datetime(),
  actor: z.object({ id: z.string(), role: z.string() }).nullable(),
  reason: z.string().nullable(),
  reference: z.string().nullable(),
  note: z.string().nullable(),
  occurred_at: z.string().nullable(),
  reservation_id: z.uuid().nullable(),
  customer_id: z.string().nullable(),
  customer_ref: z.uuid().nullable().optional(),
  delta: z.int(),
  reserved_delta: z.int(),
  before: numbers,
  after: numbers,
}).meta({ id: 'Movement' });

export const MOVEMENT = {
  version: 7, event_id: '01a20d19-1756-72d6-b15d-77c5f399fb03', type: 'stock.updated', position: 4711,
  time: '2026-11-24T10:28:00.098Z', actor: { id: 'vendor-789', role: 'vendor' }, reason: 'RESTOCK',
  reference: 'delivery-4711', note: null, occurred_at: null, reservation_id: null, customer_id: null, delta: 20,
  reserved_delta: 0, before: { quantity: 20, reserved: 2, available: 18 },
  after: { quantity: 40, reserved: 2, available: 38 },
} as const;

export const MOVEMENT_COLUMNS = [
  'id', 'event_type', 'schema_version', 'payload', 'position', 'timestamp', 'metadata',
] as const;

export interface MovementRow {
  readonly id: string;
  readonly event_type: string;
  readonly schema_version: number;
  readonly payload: unknown;
  readonly position: number;
  readonly timestamp: Date;
  readonly metadata: unknown;
}

const cause = z.object({ actor: z.object({ id: z.string(), role: z.string() }).optional() });

/** @throws {Error} when it is not an event of a stock row's stream: the log is wrong then */
export function stockEventOf(row: Omit<MovementRow, 'metadata'>, history?: History): StockRowEvent {
  const event = readStoredEvent({ type: row.event_type, version: row.schema_version, payload: row.payload }, history);
  if (!isStockRowEvent(event)) throw new Error(`event ${row.id} is not of a stock row`);
  return event;
}

const byName = z.object({ customer_id: z.string() });

export type Movement = z.output<typeof movement>;

/**
 * The movement that an event is; its customer is known by the ref alone until `nameCustomers` has named him.
 * @param event what `stockEventOf` made of the row
 */
export function movementOf(row: MovementRow, { type, payload }: StockRowEvent): Movement {
  const { quantity, reserved, available, delta, reserved_delta } = payload;
  const stock = 'reason' in payload ? payload : undefined;
  const hold = 'reservation_id' in payload ? payload : undefined;
  const reservation = hold?.reservation_id ?? stock?.returned?.reservation_id;
  const before = { quantity: quantity - delta, reserved: reserved - reserved_delta };
  return {
    version: payload.version, event_id: row.id, type, position: row.position, time: row.timestamp.toISOString(),
    actor: cause.safeParse(row.metadata).data?.actor ?? null,
    reason: stock?.reason ?? null, reference: payload.reference, note: stock?.note ?? null,
    occurred_at: stock?.occurred_at ?? null,
    reservation_id: reservation ?? null,
    // An event of version 1 has the id, and no ref.
    customer_id: hold === undefined ? null : byName.safeParse(row.payload).data?.customer_id ?? null,
    ...(hold === undefined ? {} : { customer_ref: hold.customer_ref }),
    delta, reserved_delta,
    before: { ...before, available: before.quantity - before.reserved },
    after: { quantity, reserved, available },
  };
}

/** A return names the reservation too, and its reference is its own: the slip, which outlives the customer. */
function bearsHoldsReference({ type, reservation_id: id, reference }: Movement): boolean {
  return type.startsWith('reservation.') && id !== null && reference !== null;
}

/**
 * The movements with the ids of their customers, and of customers who acted, as far as they were not erased, and without references that
 * were forgotten with them.
 */
export async function nameCustomers<M extends Movement>(db: Database, all: readonly M[]): Promise<readonly M[]> {
  const lost = await lostReferences(db, all.flatMap((one) => (bearsHoldsReference(one) ? [one.reservation_id ?? ''] : [])));
  const movements = all.map((one) => (bearsHoldsReference(one) && lost.has(one.reservation_id ?? '') ? { ...one, reference: ERASED } : one));
  const refs = movements.flatMap(({ customer_ref: ref, actor }) =>
    [ref, actor?.role === 'customer' ? actor.id : null].filter((one) => typeof one === 'string' && z.uuid().safeParse(one).success));
  if (refs.length === 0) return movements;
  const rows = await db.selectFrom('customers').select(['ref', 'external_id']).where('ref', '=', sql<string>`ANY (${[...new Set(refs)]}::uuid[])`).execute();
  const names = new Map(rows.map(({ ref, external_id: id }) => [ref, id]));
  return movements.map((one) => ({
    ...one,
    customer_id: one.customer_id ?? names.get(one.customer_ref ?? '') ?? null,
    actor: one.actor?.role === 'customer' ? { ...one.actor, id: names.get(one.actor.id) ?? one.actor.id } : one.actor,
  }));
}
