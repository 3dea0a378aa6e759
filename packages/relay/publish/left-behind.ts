/**
 * What the relay passes over, and why. Each event that is not published in its turn is listed in `relay_left_behind`, on disk,
 * before anything behind it is sent: from then on the frontier may move past it. A listed event leaves the list in the
 * statement that writes its run.
 *
 *   parked    it cannot be published, and waits for a person (relay_parked)
 *   waiting   it comes behind a parked event of its stream, or at the place of a decision about that one
 *   skipped   a person has decided that it is never published
 *   missing   it is not where it should be in the stream, and is published again behind the backlog, with the header Repair
 *
 * Whether an event is free is asked of relay_parked, never of the list.
 */
import { sql } from 'kysely';
import type { Database } from '@inventory/db/pool.ts';
import { fence, requireFence } from '../leader/fence.ts';
import type { Lead } from '../leader/fence.ts';
import type { OutboxRow } from './message.ts';

/** Of `events e`: it is parked, or comes behind a parked event of its stream. */
export const held = sql`EXISTS (SELECT FROM relay_parked p
  WHERE p.stream_id = e.stream_id AND p.state = 'parked' AND p.position <= e.position)`;

/** Of `events e`: it is never published. */
export const skipped = sql`EXISTS (SELECT FROM relay_parked p WHERE p.event_id = e.id AND p.state = 'skipped')`;

/** Of `relay_parked p`: released at a position behind `events e`, an event of its stream, which comes with it. */
export const releasedLater = sql`p.stream_id = e.stream_id AND p.position <= e.position AND p.released_position > e.position`;

/** Of `events e`: why it is passed over; NULL when it comes in its turn. */
const reason = sql`CASE
  WHEN ${skipped} THEN 'skipped'
  WHEN EXISTS (SELECT FROM relay_parked p WHERE p.event_id = e.id AND p.state = 'parked') THEN 'parked'
  WHEN ${held} OR EXISTS (SELECT FROM relay_parked p WHERE ${releasedLater}) THEN 'waiting' END`;

/** Events beyond the frontier that are not listed yet, of `events e`. */
const unlisted = sql`NOT EXISTS (SELECT FROM relay_left_behind l WHERE l.position = e.position)`;

/**
 * Lists those of the next events that do not come in their turn.
 * @returns the end of what was looked at, undefined when that is the settled position; and what was listed
 * @throws {TermOver}
 */
export async function passOver(
  db: Database, lead: Lead,
  { frontier, settled, limit }: { readonly frontier: number; readonly settled: number; readonly limit: number },
): Promise<{ readonly last: number | undefined; readonly passed: readonly number[] }> {
  const { rows } = await sql<{ fenced: number; last: number | null; seen: number; passed: readonly number[] | null }>`
    WITH ${fence(lead)},
    next AS (
      SELECT e.position, e.stream_id, ${reason} AS why FROM events e
      WHERE e.position > ${frontier} AND e.position <= ${settled} AND ${unlisted} ORDER BY e.position LIMIT ${limit}
    ), listed AS (
      INSERT INTO relay_left_behind (position, stream_id, why)
      SELECT next.position, next.stream_id, next.why FROM fence, next WHERE next.why IS NOT NULL
      RETURNING position
    )
    SELECT (SELECT count(*)::int FROM fence) AS fenced, (SELECT max(position) FROM next) AS last,
      (SELECT count(*)::int FROM next) AS seen, (SELECT array_agg(position::float8) FROM listed) AS passed`.execute(db);
  const { last, seen, passed } = requireFence(lead, rows);
  return { last: seen === limit ? last ?? undefined : undefined, passed: passed ?? [] };
}

/**
 * Lists the events between the frontier and `upTo`, exclusive, that are neither `found` in the stream, in their order, nor
 * listed: something behind them is in the stream, and a crash, or a promotion, has forgotten why they are not before it.
 * @throws {TermOver}
 */
export async function listUnfound(
  db: Database, lead: Lead,
  { frontier, upTo, found }: { readonly frontier: number; readonly upTo: number; readonly found: readonly number[] },
): Promise<number> {
  const { rows } = await sql<{ fenced: number; listed: number }>`
    WITH ${fence(lead)},
    listed AS (
      INSERT INTO relay_left_behind (position, stream_id, why)
      SELECT e.position, e.stream_id, coalesce(${reason}, 'missing') FROM fence, events e
      WHERE e.position > ${frontier} AND e.position < ${upTo} AND ${unlisted}
        AND e.position NOT IN (SELECT unnest(${[...found]}::bigint[]))
      RETURNING 1
    )
    SELECT (SELECT count(*)::int FROM fence) AS fenced, (SELECT count(*)::int FROM listed) AS listed`.execute(db);
  return requireFence(lead, rows).listed;
}

/**
 * Of listed events that a decision has freed, those that were overtaken are missing from now on: something that comes behind
 * their place was `found` in the stream, and they were not. A stranger's message stood where the chain expected them.
 * @throws {TermOver}
 */
export async function listOvertaken(db: Database, lead: Lead, found: readonly number[]): Promise<void> {
  const place = sql`greatest(e.position, (SELECT max(p.released_position) FROM relay_parked p WHERE ${releasedLater}))`;
  const { rows } = await sql<{ fenced: number }>`
    WITH ${fence(lead)},
    newest AS (
      SELECT ${place} AS place, e.position FROM events e WHERE e.position = ANY (${[...found]}::bigint[])
      ORDER BY place DESC, e.position DESC LIMIT 1
    ), overtaken AS (
      UPDATE relay_left_behind l SET why = 'missing' FROM fence, newest, events e
      WHERE e.position = l.position AND l.why <> 'missing' AND NOT ${held} AND NOT ${skipped}
        AND (${place}, e.position) < (newest.place, newest.position) AND e.position <> ALL (${[...found]}::bigint[])
    )
    SELECT count(*)::int AS fenced FROM fence`.execute(db);
  requireFence(lead, rows);
}

/** The listed positions beyond the frontier. */
export async function listedBeyond(db: Database, frontier: number): Promise<readonly number[]> {
  const rows = await db.selectFrom('relay_left_behind').select('position').where('position', '>', frontier).execute();
  return rows.map(({ position }) => position);
}

/** An event that cannot be published, and why. */
export interface Parked {
  readonly row: OutboxRow;
  readonly reason: string;
}

/**
 * Parks events that cannot be published, and lists them together with those of their streams that come behind them in the
 * batch. Later events of the streams wait until a person decides.
 * @throws {TermOver}
 */
export async function park(
  db: Database, lead: Lead, { events, waiting }: { readonly events: readonly Parked[]; readonly waiting: readonly OutboxRow[] },
): Promise<void> {
  const ids = events.map(({ row }) => row.id);
  const streams = events.map(({ row }) => row.stream_id);
  const positions = events.map(({ row }) => row.position);
  const reasons = events.map(({ reason: text }) => text.slice(0, 500));
  const { rows } = await sql<{ fenced: number }>`
    WITH ${fence(lead)},
    parked AS (
      INSERT INTO relay_parked (event_id, stream_id, position, reason)
      SELECT p.* FROM fence,
        unnest(${ids}::uuid[], ${streams}::uuid[], ${positions}::bigint[], ${reasons}::text[]) AS p
      ON CONFLICT (event_id) DO UPDATE SET state = 'parked', reason = excluded.reason,
        parked_at = clock_timestamp(), resolved_at = NULL, resolved_by = NULL
    ), listed AS (
      INSERT INTO relay_left_behind (position, stream_id, why)
      SELECT l.*, 'parked' FROM fence, unnest(${positions}::bigint[], ${streams}::uuid[]) AS l
      UNION ALL
      SELECT l.*, 'waiting' FROM fence, unnest(
        ${waiting.map(({ position }) => position)}::bigint[], ${waiting.map(({ stream_id }) => stream_id)}::uuid[]) AS l
      ON CONFLICT (position) DO NOTHING
    )
    SELECT count(*)::int AS fenced FROM fence`.execute(db);
  requireFence(lead, rows);
}
