/**
 * Parked events: those that cannot be published. Each holds up the later events of its own stream until a person decides.
 * `retry` releases it to the relay, which parks it again if nothing has changed. `skip` leaves it unpublished for good,
 * and the events behind it flow. Either decision gets a position in the log, behind all that is there by then.
 */
import { sql } from 'kysely';
import { EVENTS_CHANNEL } from '@inventory/db/events.ts';
import type { Database } from '@inventory/db/pool.ts';

export type ParkedState = 'parked' | 'skipped';

export interface ParkedEvent {
  readonly event_id: string;
  readonly state: ParkedState;
  readonly reason: string;
  readonly event_type: string;
  readonly store_id: string;
  readonly position: number;
  readonly stream_id: string;
  readonly stream_version: number | null;
  /** Text, because Postgres knows instants that a Date cannot hold: the event may be parked for that. */
  readonly time: string;
  readonly parked_at: Date;
  readonly resolved_at: Date | null;
  readonly resolved_by: string | null;
  /** Later unpublished events of its stream, which a parked event holds up. */
  readonly waiting: number;
}

export interface ParkedDetail extends ParkedEvent {
  readonly aggregate_id: string;
  readonly schema_version: number;
  readonly metadata: unknown;
  readonly payload_bytes: number;
  /** The first characters of its JSON text. */
  readonly payload_start: string;
}

const PAYLOAD_SHOWN = 4000;

const columns = sql`p.event_id, p.state, p.reason, e.event_type, e.store_id, p.position, p.stream_id,
  e.stream_version, e.timestamp::text AS time, p.parked_at, p.resolved_at, p.resolved_by,
  (SELECT count(*) FROM events_unpublished w WHERE w.stream_id = p.stream_id AND w.position > p.position
     AND NOT EXISTS (SELECT FROM relay_parked s WHERE s.event_id = w.id AND s.state = 'skipped')) AS waiting`;

/** The parked, or skipped, events in log order, at most `limit`; `total` counts all of them. */
export async function listParked(
  db: Database,
  { states, limit }: { readonly states: readonly ParkedState[]; readonly limit: number },
): Promise<{ readonly total: number; readonly events: readonly ParkedEvent[] }> {
  const { rows: [counted] } = await sql<{ total: number }>`
    SELECT count(*) AS total FROM relay_parked WHERE state = ANY (${[...states]}::text[])`.execute(db);
  const { rows } = await sql<ParkedEvent>`
    SELECT ${columns} FROM relay_parked p JOIN events e ON e.id = p.event_id
    WHERE p.state = ANY (${[...states]}::text[]) ORDER BY p.position LIMIT ${limit}`.execute(db);
  return { total: counted?.total ?? rows.length, events: rows };
}

/** One of them with all that is known; undefined when the event is neither parked nor skipped. */
export async function findParked(db: Database, id: string): Promise<ParkedDetail | undefined> {
  const { rows: [row] } = await sql<ParkedDetail>`
    SELECT ${columns}, e.aggregate_id, e.schema_version, e.metadata, octet_length(e.payload::text) AS payload_bytes,
      left(e.payload::text, ${PAYLOAD_SHOWN}) AS payload_start
    FROM relay_parked p JOIN events e ON e.id = p.event_id
    WHERE p.event_id = ${id} AND p.state <> 'released'`.execute(db);
  return row;
}

/** The ids of all events that are parked now, in log order. */
export async function parkedIds(db: Database): Promise<readonly string[]> {
  const rows = await db.selectFrom('relay_parked').select('event_id').where('state', '=', 'parked')
    .orderBy('position').execute();
  return rows.map(({ event_id }) => event_id);
}

type Release = 'released' | 'skipped' | 'unknown';

/**
 * Releases a parked event to the relay. A skipped one stays skipped: later events of its stream may have been published,
 * or be on their way, and it would stand behind them.
 */
export async function release(db: Database, id: string): Promise<Release> {
  const { numUpdatedRows } = await db.updateTable('relay_parked').set({ state: 'released' })
    .where('event_id', '=', id).where('state', '=', 'parked').executeTakeFirst();
  await hint(db);
  if (numUpdatedRows > 0n) return 'released';
  const found = await db.selectFrom('relay_parked').select('state').where('event_id', '=', id).executeTakeFirst();
  return found?.state === 'skipped' ? 'skipped' : 'unknown';
}

/** Leaves a parked event unpublished for good. @returns false when it is not parked */
export async function skip(db: Database, id: string, by: string): Promise<boolean> {
  const { numUpdatedRows } = await db.updateTable('relay_parked')
    .set({ state: 'skipped', resolved_at: sql`clock_timestamp()`, resolved_by: by })
    .where('event_id', '=', id).where('state', '=', 'parked').executeTakeFirst();
  await hint(db);
  return numUpdatedRows > 0n;
}

export type Fate =
  | { readonly fate: 'published'; readonly sequence: number | null }
  | { readonly fate: 'parked again'; readonly reason: string }
  /** No relay has tried it yet. */
  | { readonly fate: 'pending' };

/** What became of an event that was released. */
export async function fateOf(db: Database, id: string): Promise<Fate> {
  const { rows: [row] } = await sql<{ processed: boolean; published_seq: number | null; reason: string | null }>`
    SELECT e.processed, e.published_seq, p.reason
    FROM events e LEFT JOIN relay_parked p ON p.event_id = e.id AND p.state = 'parked'
    WHERE e.id = ${id}`.execute(db);
  if (row?.processed === true) return { fate: 'published', sequence: row.published_seq };
  return row === undefined || row.reason === null ? { fate: 'pending' } : { fate: 'parked again', reason: row.reason };
}

async function hint(db: Database): Promise<void> {
  await sql`SELECT pg_notify(${EVENTS_CHANNEL}, '')`.execute(db);
}
