/**
 * Parked events: those that cannot be published. Each holds up the later events of its own stream until a person decides.
 * `retry` releases it to the relay, which parks it again if nothing has changed. `skip` leaves it unpublished for good,
 * and the events behind it flow. Either decision gets a position in the log, behind all that is there by then, and is recorded
 * with who made it. The relay's commands and the api decide by what stands here.
 */
import { sql } from 'kysely';
import { EVENTS_CHANNEL } from '../events.ts';
import type { Database } from '../pool.ts';
import type { Decider } from './actions.ts';

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

/** Which of them. A member that is left out asks for nothing. */
interface ParkedFilter {
  readonly event_ids?: readonly string[] | undefined;
  /** The kind of the reason, which is its text before the first colon: `payload too large`. */
  readonly reason?: string | undefined;
  readonly type?: string | undefined;
  readonly store_id?: string | undefined;
}

const PAYLOAD_SHOWN = 4000;
/** So many are decided about at once, at most: each takes a position of the log, which waits until the last one has its own. */
export const MOST_AT_ONCE = 5000;

/** Of `relay_parked p`. */
const kind = sql`split_part(p.reason, ':', 1)`;

const columns = sql`p.event_id, p.state, p.reason, e.event_type, e.store_id, p.position, p.stream_id,
  e.stream_version, e.timestamp::text AS time, p.parked_at, p.resolved_at, p.resolved_by,
  (SELECT count(*) FROM events_unpublished w WHERE w.stream_id = p.stream_id AND w.position > p.position
     AND NOT EXISTS (SELECT FROM relay_parked s WHERE s.event_id = w.id AND s.state = 'skipped')) AS waiting`;

/** Of `relay_parked p JOIN events e`: it is one of those that the filter asks for. */
function fits({ event_ids: given, reason, type, store_id: store }: ParkedFilter) {
  const ids = given === undefined ? null : [...given];
  return sql`(${ids}::uuid[] IS NULL OR p.event_id = ANY (${ids}::uuid[]))
    AND (${reason ?? null}::text IS NULL OR ${kind} = ${reason ?? null})
    AND (${type ?? null}::text IS NULL OR e.event_type = ${type ?? null})
    AND (${store ?? null}::text IS NULL OR e.store_id = ${store ?? null})`;
}

/** The parked, or skipped, events in log order, at most `limit`; `total` counts all that fit. */
export async function listParked(
  db: Database,
  { states, limit, filter = {} }: { readonly states: readonly ParkedState[]; readonly limit: number; readonly filter?: ParkedFilter },
): Promise<{ readonly total: number; readonly events: readonly ParkedEvent[] }> {
  const from = sql`FROM relay_parked p JOIN events e ON e.id = p.event_id
    WHERE p.state = ANY (${[...states]}::text[]) AND ${fits(filter)}`;
  const { rows: [counted] } = await sql<{ total: number }>`SELECT count(*) AS total ${from}`.execute(db);
  const { rows } = await sql<ParkedEvent>`SELECT ${columns} ${from} ORDER BY p.position LIMIT ${limit}`.execute(db);
  return { total: counted?.total ?? rows.length, events: rows };
}

/** How many events are parked now for each kind of reason, the most first. */
export async function parkedByReason(db: Database): Promise<readonly { readonly reason: string; readonly events: number }[]> {
  const { rows } = await sql<{ reason: string; events: number }>`
    SELECT ${kind} AS reason, count(*) AS events FROM relay_parked p WHERE p.state = 'parked'
    GROUP BY 1 ORDER BY events DESC, reason LIMIT 50`.execute(db);
  return rows;
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
export async function release(db: Database, id: string, decider: Decider): Promise<Release> {
  if ((await decide(db, 'retry', [id], decider)).length > 0) return 'released';
  const found = await db.selectFrom('relay_parked').select('state').where('event_id', '=', id).executeTakeFirst();
  return found?.state === 'skipped' ? 'skipped' : 'unknown';
}

/** Leaves a parked event unpublished for good. @returns false when it is not parked */
export async function skip(db: Database, id: string, decider: Decider): Promise<boolean> {
  return (await decide(db, 'skip', [id], decider)).length > 0;
}

export type Verb = 'retry' | 'skip';

/** What was decided about all events that fit; or how many fit now, where it is another number than was expected. */
type Decided = { readonly event_ids: readonly string[] } | { readonly current_count: number };

/**
 * Decides about all parked events that fit, if they are as many as whoever decides has seen. Otherwise about none.
 * @param trx a transaction: what fits is locked until its end
 */
export async function decideAll(
  trx: Database, verb: Verb,
  { filter, expected }: { readonly filter: ParkedFilter; readonly expected: number },
  decider: Decider,
): Promise<Decided> {
  const { rows } = await sql<{ event_id: string }>`
    SELECT p.event_id FROM relay_parked p JOIN events e ON e.id = p.event_id
    WHERE p.state = 'parked' AND ${fits(filter)} ORDER BY p.position LIMIT ${MOST_AT_ONCE + 1} FOR UPDATE OF p`.execute(trx);
  if (rows.length !== expected) return { current_count: rows.length };
  return { event_ids: rows.length === 0 ? [] : await decide(trx, verb, rows.map(({ event_id: id }) => id), decider) };
}

const STATES = { retry: 'released', skip: 'skipped' } as const;

/** Decides about those of the events that are parked, in one statement with its record. @returns their ids */
async function decide(db: Database, verb: Verb, ids: readonly string[], { by, via, note }: Decider): Promise<readonly string[]> {
  const { rows } = await sql<{ event_id: string }>`
    WITH decided AS (
      UPDATE relay_parked SET state = ${STATES[verb]}, resolved_at = clock_timestamp(), resolved_by = ${by}
      WHERE event_id = ANY (${[...ids]}::uuid[]) AND state = 'parked' RETURNING event_id, position
    ), recorded AS (
      INSERT INTO operator_actions (actor, via, action, subjects, note)
      SELECT ${by}, ${via}, ${`parked.${verb}`}, array_agg(event_id::text ORDER BY position), ${note ?? null} FROM decided
      HAVING count(*) > 0
    )
    SELECT event_id FROM decided ORDER BY position`.execute(db);
  await hint(db);
  return rows.map(({ event_id: id }) => id);
}

/** A decision, and what has become of its events by now, as far as it has been looked at: the first hundred. */
interface ParkedDecision {
  readonly at: Date;
  readonly by: string;
  readonly via: string;
  readonly action: string;
  readonly note: string | null;
  readonly events: number;
  readonly first_event: string;
  readonly published: number;
  /** Released, and no relay has tried them yet. */
  readonly pending: number;
  readonly parked_again: number;
  readonly skipped: number;
}

/** What was decided about parked events, the newest decision first. */
export async function parkedDecisions(db: Database, limit: number): Promise<readonly ParkedDecision[]> {
  const { rows } = await sql<ParkedDecision>`
    WITH newest AS MATERIALIZED (
      SELECT * FROM operator_actions WHERE action LIKE 'parked.%' ORDER BY at DESC LIMIT ${limit}
    )
    SELECT a.at, a.actor AS by, a.via, a.action, a.note, cardinality(a.subjects) AS events, a.subjects[1] AS first_event,
      fate.published, fate.pending, fate.parked_again, fate.skipped
    FROM newest a CROSS JOIN LATERAL (
      SELECT count(*) FILTER (WHERE p.state = 'released' AND l.position IS NULL) AS published,
        count(*) FILTER (WHERE p.state = 'released' AND l.position IS NOT NULL) AS pending,
        count(*) FILTER (WHERE p.state = 'parked') AS parked_again,
        count(*) FILTER (WHERE p.state = 'skipped') AS skipped
      FROM unnest(a.subjects[1:100]) subject JOIN relay_parked p ON p.event_id = subject::uuid
      LEFT JOIN relay_left_behind l ON l.position = p.position
    ) fate ORDER BY a.at DESC`.execute(db);
  return rows;
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
