/**
 * The second round trip of a group commit: one statement writes everything, with COMMIT pipelined behind it. It takes
 * arrays and unnest, because one statement with many rows costs the server far less than many statements.
 */
import { aggregateIdOf, streamOf } from '@inventory/domain/events.ts';
import { writtenAs } from '@inventory/domain/events-stored.ts';
import type { History, StoredPayload, Versions } from '@inventory/domain/events-stored.ts';
import type { Reservation } from '@inventory/domain/reservation.ts';
import type pg from 'pg';
import { metadataOf } from './command.ts';
import type { Writes } from './decide.ts';
import { writesRefs } from './names.ts';
import type { Pseudonym } from './names.ts';
import type { PendingEvent } from './working-set.ts';

// BETWEEN instead of =: each row is found by the primary key, whatever the tables held when the plan was made (load.ts).
const WRITE = `
  WITH changed_stock AS (
    UPDATE stock SET quantity = n.quantity, reserved = n.reserved, version = n.version, updated_at = $1
    FROM unnest($2::uuid[], $3::int[], $4::int[], $5::int[]) AS n (id, quantity, reserved, version)
    WHERE stock.id BETWEEN n.id AND n.id
  ), new_stock AS (
    INSERT INTO stock (id, product_id, store_id, quantity, reserved, version, updated_at)
    SELECT id, product_id, store_id, quantity, reserved, version, $1
    FROM unnest($6::uuid[], $7::uuid[], $8::varchar[], $9::int[], $10::int[], $11::int[])
      AS n (id, product_id, store_id, quantity, reserved, version)
  ), changed_reservation AS (
    UPDATE reservations SET status = n.status, expires_at = n.expires_at, confirmed_quantity = n.confirmed_quantity,
      closed_at = n.closed_at, sold_as = coalesce(n.sold_as, reservations.sold_as), returned_quantity = n.returned_quantity
    FROM unnest($12::uuid[], $13::varchar[], $14::timestamptz[], $15::int[], $16::timestamptz[], $44::varchar[], $48::int[])
      AS n (id, status, expires_at, confirmed_quantity, closed_at, sold_as, returned_quantity)
    WHERE reservations.id BETWEEN n.id AND n.id
  ), new_reservation AS (
    INSERT INTO reservations (id, stock_id, product_id, store_id, customer_id, quantity, status, expires_at,
      created_at, created_by, batch_id, reference, made_as, customer_ref, closed_at, confirmed_quantity)
    SELECT * FROM unnest($17::uuid[], $18::uuid[], $19::uuid[], $20::varchar[], $21::varchar[], $22::int[],
      $23::varchar[], $24::timestamptz[], $25::timestamptz[], $26::varchar[], $27::uuid[], $28::varchar[], $45::varchar[],
      $47::uuid[], $49::timestamptz[], $50::int[])
  ), new_answer AS (
    INSERT INTO idempotency_keys (principal, operation, key, fingerprint, status, headers, response)
    SELECT * FROM unnest($29::varchar[], $30::varchar[], $31::varchar[], $32::bytea[], $33::smallint[], $34::jsonb[],
      $35::bytea[])
  )
  INSERT INTO events (id, event_type, store_id, aggregate_id, payload, stream_id, stream_version, metadata,
    schema_version, timestamp)
  SELECT id, event_type, store_id, aggregate_id, payload, stream_id, stream_version, metadata, schema_version, $1
  FROM unnest($36::uuid[], $37::varchar[], $38::varchar[], $39::uuid[], $40::jsonb[], $41::uuid[], $42::bigint[],
    $43::jsonb[], $46::smallint[]) WITH ORDINALITY
    AS n (id, event_type, store_id, aggregate_id, payload, stream_id, stream_version, metadata, schema_version, nth)
  ORDER BY nth`;

/** In which versions events are written. */
export interface WrittenFormats {
  /** The newest version of each type that may be written now; 1 where it says nothing. */
  readonly allowed: () => Versions;
  /** The history of the log where it is left out. */
  readonly past?: History;
}

/** Nothing but the first version of each type. */
export const FIRST_VERSIONS: WrittenFormats = { allowed: () => ({}) };

/** True when there is nothing to write: every command was refused or repeated. */
export function isEmpty(writes: Writes): boolean {
  return writes.events.length === 0 && writes.answers.length === 0 && !writes.gaveRefs;
}

function closedAt(reservation: Reservation): string | null {
  return reservation.status === 'PENDING' ? null : reservation.closedAt.toISOString();
}

function soldUnits(reservation: Reservation): number | null {
  return reservation.status === 'CONFIRMED' ? reservation.confirmedQuantity : null;
}

interface WriteOptions {
  readonly allowed: Versions;
  readonly past: History | undefined;
  readonly pseudonym: Pseudonym;
}

/** Sends the statement; its promise settles with the server's answer. */
export function write(client: pg.Client, writes: Writes, { allowed, past, pseudonym }: WriteOptions): Promise<unknown> {
  const { newStocks, changedStocks, newReservations, changedReservations, answers, events, names } = writes;
  const refs = writesRefs(allowed);
  /** The customer's id where it may be written, whatever bears his ref. */
  const nameOf = (id: string): string => (refs ? id : names.get(id) ?? id);
  const written = events.map(({ event }) => {
    const { version, payload } = writtenAs(event, allowed, past);
    return { version, payload: event.type === 'stock.updated' || version > 1 ? payload : withNames(payload, nameOf) };
  });
  const metadata = events.map(({ cause }: PendingEvent) => metadataOf(
    { ...cause, actor: { id: nameOf(cause.actor.id), role: cause.actor.role } }, refs ? pseudonym : undefined));
  return client.query({
    name: 'commit-write',
    text: WRITE,
    values: [
      writes.now.toISOString(),
      changedStocks.map((s) => s.id), changedStocks.map((s) => s.quantity), changedStocks.map((s) => s.reserved),
      changedStocks.map((s) => s.version),
      newStocks.map((s) => s.id), newStocks.map((s) => s.productId), newStocks.map((s) => s.storeId),
      newStocks.map((s) => s.quantity), newStocks.map((s) => s.reserved), newStocks.map((s) => s.version),
      changedReservations.map((r) => r.id), changedReservations.map((r) => r.status),
      changedReservations.map((r) => r.expiresAt.toISOString()),
      changedReservations.map(soldUnits),
      changedReservations.map(closedAt),
      newReservations.map((r) => r.id), newReservations.map((r) => r.stockId), newReservations.map((r) => r.productId),
      newReservations.map((r) => r.storeId),
      newReservations.map((r) => (refs || r.customerRef === null ? null : nameOf(r.customerRef))),
      newReservations.map((r) => r.quantity), newReservations.map((r) => r.status),
      newReservations.map((r) => r.expiresAt.toISOString()), newReservations.map((r) => r.createdAt.toISOString()),
      newReservations.map((r) => nameOf(r.createdBy)), newReservations.map((r) => r.batchId),
      newReservations.map((r) => r.reference),
      answers.map((a) => a.principal), answers.map((a) => a.operation), answers.map((a) => a.key),
      answers.map((a) => a.fingerprint), answers.map((a) => a.status), answers.map((a) => JSON.stringify(a.headers)),
      answers.map((a) => a.response),
      events.map((e) => e.id), events.map((e) => e.event.type), events.map((e) => e.event.payload.store_id),
      events.map((e) => aggregateIdOf(e.event)), written.map(({ payload }) => JSON.stringify(payload)),
      events.map((e) => streamOf(e.event).id), events.map((e) => streamOf(e.event).version),
      metadata.map((each) => JSON.stringify(each)),
      changedReservations.map((r) => r.soldAs), newReservations.map((r) => r.madeAs),
      written.map(({ version }) => version), newReservations.map((r) => r.customerRef),
      changedReservations.map((r) => (r.status === 'CONFIRMED' ? r.returnedQuantity : 0)),
      // A hold that ends in the batch that makes it: a count has found less.
      newReservations.map(closedAt), newReservations.map(soldUnits),
    ],
  });
}

/** A payload of version 1, which names the customer, also where he made the hold himself. */
function withNames({ customer_id: ref, ...payload }: StoredPayload, nameOf: (id: string) => string): StoredPayload {
  const { created_by: maker } = payload;
  return {
    ...payload, customer_id: typeof ref === 'string' ? nameOf(ref) : ref,
    ...(typeof maker === 'string' ? { created_by: nameOf(maker) } : {}),
  };
}
