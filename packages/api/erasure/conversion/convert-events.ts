/**
 * One batch of events that name customers: refs take the place of ids, and what a client may have chosen is hidden, as the api writes
 * both today. A hold changes with the event of its making, so that rows are what their events say at any instant. Nobody is erased
 * meanwhile (erasure/pending.ts), so a ref that was given stays.
 */
import { inTransaction } from '@inventory/db/pool.ts';
import type { Database } from '@inventory/db/pool.ts';
import { sql } from 'kysely';
import type { Pseudonym } from '../../commit/names.ts';

const BATCH = 2_000;
/** The forms in which the api makes ids of requests and of sweeps; any other was chosen by a client. */
const OURS = /^(sweep-)?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

interface Named {
  readonly position: number;
  /** The hold that it made; null where it tells of something else. */
  readonly made: string | null;
  readonly customer_id: string;
  readonly created_by: string | null;
  readonly role: string | null;
  readonly actor_id: string | null;
  readonly request_id: string | null;
  readonly key: string | null;
}

export interface ConvertDeps {
  readonly db: Database;
  readonly pseudonym: Pseudonym;
  readonly newId: () => string;
  /** Events of one transaction; 2 000 where it is left out. */
  readonly batch?: number;
}

/** Gives a ref to each of the customers who has none. @returns the refs by their ids */
export async function refsFor(db: Database, ids: readonly string[], newId: () => string): Promise<ReadonlyMap<string, string>> {
  const sorted = [...new Set(ids)].sort();
  await sql`INSERT INTO customers (ref, external_id)
    SELECT * FROM unnest(${sorted.map(() => newId())}::uuid[], ${sorted}::varchar[]) ON CONFLICT (external_id) DO NOTHING`.execute(db);
  const { rows } = await sql<{ ref: string; id: string }>`SELECT ref, external_id AS id FROM customers WHERE external_id = ANY (${sorted}::varchar[])`.execute(db);
  return new Map(rows.map(({ ref, id }) => [id, ref]));
}

/**
 * Converts the next batch, in one transaction, and counts it in the conversion that is under way.
 * @returns how many events, 0 when there are none left, and how many holds with them
 */
export function convertEvents({ db, pseudonym, newId, batch = BATCH }: ConvertDeps): Promise<{ readonly events: number; readonly holds: number }> {
  return inTransaction(db, async (trx) => {
    const { rows } = await sql<Named>`
      SELECT position, CASE WHEN event_type = 'reservation.created' THEN aggregate_id END AS made, payload ->> 'customer_id' AS customer_id, payload ->> 'created_by' AS created_by, metadata #>> '{actor,role}' AS role,
        metadata #>> '{actor,id}' AS actor_id, metadata ->> 'request_id' AS request_id, metadata ->> 'idempotency_key' AS key
      FROM events WHERE schema_version = 1 AND event_type LIKE 'reservation.%' ORDER BY position LIMIT ${batch}`.execute(trx);
    if (rows.length === 0) return { events: 0, holds: 0 };
    const actors = rows.map(({ role, actor_id: id }) => (role === 'customer' ? id : null));
    const refs = await refsFor(trx, [...rows.map(({ customer_id: id }) => id), ...actors.flatMap((id) => id ?? [])], newId);
    const refOf = (id: string | null) => (id === null ? null : refs.get(id) ?? null);
    const makerOf = ({ role, created_by: by, customer_id: id }: Named) => (role === 'customer' && by === id ? refOf(id) : null);
    const hidden = (text: string | null) => (text === null || text.startsWith('~') ? text : pseudonym(text));
    await sql`SELECT set_config('inventory.converting', 'on', true)`.execute(trx);
    const { numAffectedRows } = await sql`
      UPDATE events SET schema_version = 2,
        payload = payload - 'customer_id' || jsonb_build_object('customer_ref', n.ref)
          || CASE WHEN n.maker IS NULL THEN '{}' ELSE jsonb_build_object('created_by', n.maker) END,
        metadata = metadata
          || CASE WHEN n.actor IS NULL THEN '{}' ELSE jsonb_build_object('actor', metadata -> 'actor' || jsonb_build_object('id', n.actor)) END
          || CASE WHEN n.request IS NULL THEN '{}' ELSE jsonb_build_object('request_id', n.request) END
          || CASE WHEN n.key IS NULL THEN '{}' ELSE jsonb_build_object('idempotency_key', n.key) END
      FROM unnest(${rows.map(({ position }) => position)}::bigint[], ${rows.map(({ customer_id: id }) => refOf(id))}::text[],
        ${rows.map(makerOf)}::text[],
        ${actors.map(refOf)}::text[],
        ${rows.map(({ request_id: id }) => (id === null || OURS.test(id) ? null : hidden(id)))}::text[],
        ${rows.map(({ key }) => hidden(key))}::text[]) AS n (position, ref, maker, actor, request, key)
      WHERE events.position = n.position`.execute(trx);
    if (Number(numAffectedRows) !== rows.length) throw new Error(`${rows.length} events were read, and ${String(numAffectedRows)} changed`);
    const made = rows.filter((row) => row.made !== null);
    const { numAffectedRows: holds = 0n } = await sql`
      UPDATE reservations SET customer_ref = n.ref, customer_id = NULL, created_by = coalesce(n.maker, created_by)
      FROM unnest(${made.map((row) => row.made)}::uuid[], ${made.map(({ customer_id: id }) => refOf(id))}::uuid[], ${made.map(makerOf)}::text[]) AS n (id, ref, maker)
      WHERE reservations.id = n.id AND customer_id IS NOT NULL`.execute(trx);
    await sql`UPDATE customer_conversions SET converted = converted + ${rows.length} WHERE ended_at IS NULL`.execute(trx);
    return { events: rows.length, holds: Number(holds) };
  });
}
