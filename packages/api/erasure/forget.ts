/**
 * What is written when a customer is forgotten, in a transaction that holds his lock and has ended his holds: each of these
 * statements takes away one of the places in which something of him could still be told.
 */
import type { Database } from '@inventory/db/pool.ts';
import type { Payload } from '@inventory/domain/events.ts';
import { GLOBAL_STORE } from '@inventory/domain/values.ts';
import { sql } from 'kysely';
import { metadataOf } from '../commit/command.ts';
import type { Cause } from '../commit/command.ts';
import type { Pseudonym } from '../commit/names.ts';

/** A token that was issued by a clock which is ahead by less is refused, too; tokens are verified with the same tolerance. */
const TOLERANCE_MS = 5000;

/** An erasure that was done. */
export interface Erasure {
  readonly id: string;
  readonly customerRef: string;
  readonly erasedAt: Date;
  readonly erasedBy: string;
  readonly holdsReleased: number;
  /** Holds and sales that have lost their reference. */
  readonly referencesRemoved: number;
}

interface Forgetting extends Cause {
  readonly customerId: string;
  readonly references: readonly string[];
  readonly pseudonym: Pseudonym;
  readonly ref: string;
  /** False for somebody of whom nothing was written: the ref is nobody's. */
  readonly isKnown: boolean;
  readonly erasureId: string;
  readonly eventId: string;
  readonly released: number;
}

/** What was taken away, before the event that tells of it. */
interface Taken { readonly erasedAt: Date; readonly referencesRemoved: number }

/**
 * Takes away what can be told of a customer, in the caller's transaction. No event is written yet: the first one holds up the settled
 * position of the whole log until the commit, and these statements may wait for others, or have many rows to change.
 */
export async function takeAway(db: Database, asked: Pick<Forgetting, 'customerId' | 'references' | 'pseudonym' | 'ref' | 'isKnown'>): Promise<Taken> {
  const { rows: [clock] } = await sql<{ now: Date }>`SELECT clock_timestamp() AS now`.execute(db);
  if (clock === undefined) throw new Error('the clock did not answer');
  const { now } = clock;
  const names = [asked.customerId, asked.pseudonym(asked.customerId)];
  // Of whoever comes by the same id: to a repeat he would get an answer about holds that are not his.
  await db.deleteFrom('idempotency_keys').where('principal', 'in', names).execute();
  const referencesRemoved = await removeReferences(db, asked);
  await revoke(db, asked, new Date(now.getTime() + TOLERANCE_MS));
  return { erasedAt: now, referencesRemoved };
}

/** Separates the ref from the customer, in the same transaction, and appends the event that tells of it. */
export async function forget(db: Database, asked: Forgetting, { erasedAt, referencesRemoved }: Taken): Promise<Erasure> {
  await (asked.isKnown
    ? db.updateTable('customers').set({ external_id: null, erased_at: erasedAt }).where('ref', '=', asked.ref)
    : db.insertInto('customers').values({ ref: asked.ref, external_id: null, created_at: erasedAt, erased_at: erasedAt })).execute();
  const erasure: Erasure = {
    id: asked.erasureId, customerRef: asked.ref, erasedAt, erasedBy: asked.actor.id, holdsReleased: asked.released, referencesRemoved,
  };
  await note(db, erasure);
  await tell(db, asked, erasure);
  return erasure;
}

/** Refuses the tokens of the user that were issued until then. One who is listed for good stays so, and by his pseudonym only. */
async function revoke(db: Database, { customerId, pseudonym }: Pick<Forgetting, 'customerId' | 'pseudonym'>, until: Date): Promise<void> {
  const hidden = pseudonym(customerId);
  const inClear = hidden === customerId ? undefined
    : await db.deleteFrom('revoked_tokens').where('kind', '=', 'sub').where('value', '=', customerId).returning('issued_until').executeTakeFirst();
  const issuedUntil = inClear !== undefined && inClear.issued_until === null ? null : until;
  await db.insertInto('revoked_tokens').values({ kind: 'sub', value: hidden, issued_until: issuedUntil })
    .onConflict((conflict) => conflict.columns(['kind', 'value'])
      .doUpdateSet({ issued_until: issuedUntil, revoked_at: sql`clock_timestamp()` }).where('revoked_tokens.issued_until', 'is not', null)).execute();
}

/** @returns how many of his holds and sales had one of the references */
async function removeReferences(db: Database, { ref, references }: Pick<Forgetting, 'ref' | 'references'>): Promise<number> {
  if (references.length === 0) return 0;
  const { numUpdatedRows } = await db.updateTable('reservations').set({ reference: null })
    .where('customer_ref', '=', ref).where('reference', 'in', [...references]).executeTakeFirstOrThrow();
  return Number(numUpdatedRows);
}

async function note(db: Database, { id, customerRef, erasedAt, erasedBy, holdsReleased, referencesRemoved }: Erasure): Promise<void> {
  await db.insertInto('erasures').values({
    id, customer_ref: customerRef, erased_at: erasedAt, erased_by: erasedBy, holds_released: holdsReleased, references_removed: referencesRemoved,
  }).execute();
}

async function tell(db: Database, { eventId, actor, metadata, requestNamed, idempotency, pseudonym }: Forgetting, erasure: Erasure): Promise<void> {
  const payload: Payload<'customer.erased'> = {
    customer_ref: erasure.customerRef, erasure_id: erasure.id, holds_released: erasure.holdsReleased, erased_at: erasure.erasedAt.toISOString(),
  };
  await db.insertInto('events').values({
    id: eventId, event_type: 'customer.erased', store_id: GLOBAL_STORE, aggregate_id: erasure.customerRef, stream_id: erasure.customerRef,
    stream_version: null, schema_version: 1, payload: JSON.stringify(payload),
    metadata: JSON.stringify(metadataOf({ actor, metadata, idempotency, ...(requestNamed === undefined ? {} : { requestNamed }) }, pseudonym)),
  }).execute();
}
