/** What the relay reads from the log, and the two things that it writes there: marks, and which events are parked. */
import { sql } from 'kysely';
import type { RawBuilder } from 'kysely';
import { firstTooNew, requireReadable } from '@inventory/db/formats/formats.ts';
import type { Database } from '@inventory/db/pool.ts';
import { fence, requireFence } from '../leader/fence.ts';
import type { OutboxRow } from './message.ts';

/** A batch ends with the event at which its payloads reach this size, so memory has a bound. */
const MAX_BATCH_BYTES = 8_000_000;

/** Of `events e`: to be published, neither parked or skipped nor waiting behind a parked event of its stream. */
export const publishable = sql`NOT e.processed
  AND NOT EXISTS (SELECT FROM relay_parked p
    WHERE p.stream_id = e.stream_id AND p.state = 'parked' AND p.position <= e.position)
  AND NOT EXISTS (SELECT FROM relay_parked p WHERE p.event_id = e.id AND p.state = 'skipped')`;

const columns = sql`e.position, e.id, e.event_type, e.store_id, e.aggregate_id, e.payload::text AS payload, e.timestamp,
  e.stream_id, e.schema_version, e.metadata->>'traceparent' AS traceparent`;

/** Of `relay_parked p`: released at a position behind `events e`, an event of its stream, which comes with it. */
const releasedLater = sql`p.stream_id = e.stream_id AND p.position <= e.position AND p.released_position > e.position`;

/**
 * The next unpublished events, in log order, up to the settled position. Skipped events are left out, and so are those
 * that wait behind a parked event of their stream; once it is released, they come at the position of that decision.
 *
 * The mark `processed` finds the events, never a cursor (docs/traps.md, 1). The settled position bounds them because the
 * chain compares places and not contents. If a batch E1 E2 is still on its way when E0 commits before them, a second batch
 * E0 E1 E2 could have its E1 accepted behind the first one's. Below the settled position nothing new appears, so two
 * relays that publish behind sequence s publish the same event there. The same holds for a decision about a parked event:
 * it has a position of its own, and a relay that does not see it yet fetches nothing beyond that position.
 *
 * Usually nothing is parked. That is a statement of its own, because planning a statement that reads relay_parked takes
 * Postgres longer than all the rest [0.8 of 1.3 ms for one event]. A decision made after the answer lies beyond the settled
 * position.
 */
export async function fetchUnpublished(
  db: Database,
  { settled, limit }: { readonly settled: number; readonly limit: number },
): Promise<readonly OutboxRow[]> {
  const { rows: [parked] } = await sql<{ any: boolean }>`SELECT EXISTS (SELECT FROM relay_parked) AS any`.execute(db);
  const next = parked?.any === false ? nextOfAll(settled, limit) : nextOfPublishable(settled, limit);
  const { rows } = await sql<OutboxRow>`WITH next AS (${next}) ${cutToSize(sql`place, position`)}`.execute(db);
  return readable(db, rows);
}

/** The rows before the first one that only a newer release can read. @throws {TooNew} when there are none before it */
async function readable(db: Database, rows: readonly OutboxRow[]): Promise<readonly OutboxRow[]> {
  const newer = await firstTooNew(db, rows.map(formatOf));
  if (newer?.index === 0) throw newer.reason;
  return newer === undefined ? rows : rows.slice(0, newer.index);
}

const formatOf = ({ event_type: type, schema_version: version }: OutboxRow) => ({ type, version });

/** All of the rows. @throws {TooNew} when only a newer release can read one of them */
async function allReadable<R extends OutboxRow>(db: Database, rows: readonly R[]): Promise<readonly R[]> {
  await requireReadable(db, rows.map(formatOf));
  return rows;
}

function nextOfAll(settled: number, limit: number): RawBuilder<unknown> {
  return sql`SELECT ${columns}, e.position AS place FROM events e
    WHERE NOT e.processed AND e.position <= ${settled} ORDER BY e.position LIMIT ${limit}`;
}

function nextOfPublishable(settled: number, limit: number): RawBuilder<unknown> {
  return sql`
    (SELECT ${columns}, e.position AS place FROM events e
     WHERE ${publishable} AND e.position <= ${settled} AND NOT EXISTS (SELECT FROM relay_parked p WHERE ${releasedLater})
     ORDER BY e.position LIMIT ${limit})
    UNION ALL
    (SELECT ${columns}, released.place FROM events e
     CROSS JOIN LATERAL (SELECT max(p.released_position) AS place FROM relay_parked p WHERE ${releasedLater}) released
     WHERE ${publishable} AND e.position < (SELECT max(released_position) FROM relay_parked)
       AND released.place <= ${settled}
     ORDER BY released.place, e.position LIMIT ${limit})
    ORDER BY place, position LIMIT ${limit}`;
}

/** Selects from `next` up to the event at which MAX_BATCH_BYTES is reached. */
function cutToSize(order: RawBuilder<unknown>) {
  return sql`SELECT * FROM (
      SELECT *, sum(octet_length(payload)) OVER (ORDER BY ${order}) - octet_length(payload) AS bytes_before FROM next
    ) sized WHERE bytes_before < ${MAX_BATCH_BYTES} ORDER BY ${order}`;
}

/** Whether a batch that was fetched with this limit may have been cut. */
export function mayHaveMore(rows: readonly OutboxRow[], limit: number): boolean {
  const bytes = rows.reduce((sum, { payload }) => sum + Buffer.byteLength(payload), 0);
  return rows.length === limit || bytes >= MAX_BATCH_BYTES;
}

export interface RangeFilter {
  readonly types?: readonly string[];
  readonly stores?: readonly string[];
  readonly products?: readonly string[];
}

/** The condition on `events e` of a range of positions, both inclusive, and a filter. */
export function inRange(from: number, to: number, { types, stores, products }: RangeFilter): RawBuilder<unknown> {
  const conditions = [sql`e.position BETWEEN ${from} AND ${to}`];
  if (types !== undefined) conditions.push(sql`e.event_type = ANY (${[...types]}::text[])`);
  if (stores !== undefined) conditions.push(sql`e.store_id = ANY (${[...stores]}::text[])`);
  if (products !== undefined) conditions.push(sql`e.payload->>'product_id' = ANY (${[...products]}::text[])`);
  return sql.join(conditions, sql` AND `);
}

/** The next events of a range in log order, published or not. */
export async function fetchRange(
  db: Database,
  range: { readonly from: number; readonly to: number; readonly filter: RangeFilter; readonly limit: number },
): Promise<readonly OutboxRow[]> {
  const { from, to, filter, limit } = range;
  const { rows } = await sql<OutboxRow>`
    WITH next AS (SELECT ${columns} FROM events e WHERE ${inRange(from, to, filter)} ORDER BY e.position LIMIT ${limit})
    ${cutToSize(sql`position`)}`.execute(db);
  return allReadable(db, rows);
}

/** The events at these positions, in log order, at most one batch of them. */
export async function fetchPositions(db: Database, positions: readonly number[]): Promise<readonly OutboxRow[]> {
  const { rows } = await sql<OutboxRow>`
    WITH next AS (SELECT ${columns} FROM events e WHERE e.position = ANY (${[...positions]}::bigint[]))
    ${cutToSize(sql`position`)}`.execute(db);
  return allReadable(db, rows);
}

/** Events that are marked at sequences above `sequence`, by their sequence. */
export async function fetchPublishedAbove(
  db: Database,
  { sequence, limit }: { readonly sequence: number; readonly limit: number },
): Promise<readonly (OutboxRow & { readonly published_seq: number })[]> {
  const { rows } = await sql<OutboxRow & { readonly published_seq: number }>`
    WITH next AS (
      SELECT ${columns}, e.published_seq
      FROM events e WHERE e.published_seq > ${sequence} ORDER BY e.published_seq LIMIT ${limit}
    )
    ${cutToSize(sql`published_seq`)}`.execute(db);
  return allReadable(db, rows);
}

export interface Published {
  readonly position: number;
  readonly sequence: number;
}

/**
 * Marks events as published, under the fence of the term. An event keeps the sequence that it has; one whose sequence a
 * repair has cleared gets another.
 * @returns the seconds from each event's time to its mark, by the database's clock
 * @throws {TermOver}
 */
export async function markPublished(
  db: Database,
  term: number,
  published: readonly Published[],
): Promise<readonly number[]> {
  const positions = published.map(({ position }) => position);
  const sequences = published.map(({ sequence }) => sequence);
  const { rows } = await sql<{ fenced: number; seconds: readonly number[] | null }>`
    WITH ${fence(term)},
    marked AS (
      UPDATE events e SET processed = true, published_seq = m.sequence, published_at = clock_timestamp()
      FROM fence, unnest(${positions}::bigint[], ${sequences}::bigint[]) AS m (position, sequence)
      WHERE e.position = m.position AND e.published_seq IS NULL
      RETURNING extract(epoch FROM e.published_at - e.timestamp)::float8 AS seconds
    )
    SELECT (SELECT count(*)::int FROM fence) AS fenced, (SELECT array_agg(seconds) FROM marked) AS seconds`.execute(db);
  return requireFence(term, rows).seconds ?? [];
}

/** An event that cannot be published, and why. */
export interface Parked {
  readonly row: OutboxRow;
  readonly reason: string;
}

/**
 * Parks events that cannot be published. Later events of their streams wait until a person decides.
 * @throws {TermOver}
 */
export async function park(db: Database, term: number, events: readonly Parked[]): Promise<void> {
  const ids = events.map(({ row }) => row.id);
  const streams = events.map(({ row }) => row.stream_id);
  const positions = events.map(({ row }) => row.position);
  const reasons = events.map(({ reason }) => reason.slice(0, 500));
  const { rows } = await sql<{ fenced: number }>`
    WITH ${fence(term)},
    parked AS (
      INSERT INTO relay_parked (event_id, stream_id, position, reason)
      SELECT p.* FROM fence,
        unnest(${ids}::uuid[], ${streams}::uuid[], ${positions}::bigint[], ${reasons}::text[]) AS p
      ON CONFLICT (event_id) DO UPDATE SET state = 'parked', reason = excluded.reason,
        parked_at = clock_timestamp(), resolved_at = NULL, resolved_by = NULL
    )
    SELECT count(*)::int AS fenced FROM fence`.execute(db);
  requireFence(term, rows);
}
