/** What the relay asks of the log, and the two things that it writes there. */
import { sql } from 'kysely';
import type { RawBuilder } from 'kysely';
import type { Database } from '@inventory/db/pool.ts';
import { fence, requireFence } from '../leader/fence.ts';
import type { OutboxRow } from './message.ts';

/** A batch is cut behind the event with which its payloads reach this size, so that memory has a bound. */
export const MAX_BATCH_BYTES = 8_000_000;

/** Of `events e`: to be published, neither set aside nor waiting behind what is. */
export const publishable = sql`NOT e.processed
  AND NOT EXISTS (SELECT FROM relay_parked p
    WHERE p.stream_id = e.stream_id AND p.state = 'parked' AND p.position <= e.position)
  AND NOT EXISTS (SELECT FROM relay_parked p WHERE p.event_id = e.id AND p.state = 'skipped')`;

const columns = sql`e.position, e.id, e.event_type, e.store_id, e.aggregate_id, e.payload::text AS payload, e.timestamp,
  e.stream_id, e.schema_version, e.metadata->>'traceparent' AS traceparent`;

/** Of `relay_parked p`: what was let go behind the place in the log where `events e` stands, and so takes it along. */
const letGoLater = sql`p.stream_id = e.stream_id AND p.position <= e.position AND p.released_position > e.position`;

/**
 * The next unpublished events, in log order, as far as the log is settled. What waits behind a parked event of its own
 * stream, and what was skipped, is left out; once a person has let it go, it comes at the place of that decision.
 *
 * The marker finds the events, never a cursor (TRAPS 1). The settled position bounds them, because the chain compares
 * places and not contents: were a batch E1 E2 still on its way when E0 turns up before them, a second batch E0 E1 E2
 * could have its E1 accepted behind the first one's. Below the settled position nothing turns up any more, so whoever
 * publishes behind sequence s publishes the same event there. So it is with a decision about a parked event: it has a
 * position of its own, and whoever does not see it yet fetches nothing beyond that.
 *
 * Almost always nothing is parked. That is asked in a statement of its own: to plan what reads relay_parked takes Postgres
 * longer than all the rest [0.8 of 1.3 ms for one event]. A decision about what is parked behind the answer lies beyond
 * the settled position.
 */
export async function fetchUnpublished(
  db: Database,
  { settled, limit }: { readonly settled: number; readonly limit: number },
): Promise<readonly OutboxRow[]> {
  const { rows: [parked] } = await sql<{ any: boolean }>`SELECT EXISTS (SELECT FROM relay_parked) AS any`.execute(db);
  const next = parked?.any === false ? nextOfAll(settled, limit) : nextOfPublishable(settled, limit);
  const { rows } = await sql<OutboxRow>`WITH next AS (${next}) ${cutToSize(sql`place, position`)}`.execute(db);
  return rows;
}

function nextOfAll(settled: number, limit: number): RawBuilder<unknown> {
  return sql`SELECT ${columns}, e.position AS place FROM events e
    WHERE NOT e.processed AND e.position <= ${settled} ORDER BY e.position LIMIT ${limit}`;
}

function nextOfPublishable(settled: number, limit: number): RawBuilder<unknown> {
  return sql`
    (SELECT ${columns}, e.position AS place FROM events e
     WHERE ${publishable} AND e.position <= ${settled} AND NOT EXISTS (SELECT FROM relay_parked p WHERE ${letGoLater})
     ORDER BY e.position LIMIT ${limit})
    UNION ALL
    (SELECT ${columns}, let_go.place FROM events e
     CROSS JOIN LATERAL (SELECT max(p.released_position) AS place FROM relay_parked p WHERE ${letGoLater}) let_go
     WHERE ${publishable} AND e.position < (SELECT max(released_position) FROM relay_parked)
       AND let_go.place <= ${settled}
     ORDER BY let_go.place, e.position LIMIT ${limit})
    ORDER BY place, position LIMIT ${limit}`;
}

/** Selects from `next` up to the event with which MAX_BATCH_BYTES is reached. */
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

/** Events of a range in log order, published or not, from position `from` on. */
export async function fetchRange(
  db: Database,
  range: { readonly from: number; readonly to: number; readonly filter: RangeFilter; readonly limit: number },
): Promise<readonly OutboxRow[]> {
  const { from, to, filter, limit } = range;
  const { rows } = await sql<OutboxRow>`
    WITH next AS (SELECT ${columns} FROM events e WHERE ${inRange(from, to, filter)} ORDER BY e.position LIMIT ${limit})
    ${cutToSize(sql`position`)}`.execute(db);
  return rows;
}

/** These events, in log order, as many as make one batch. */
export async function fetchPositions(db: Database, positions: readonly number[]): Promise<readonly OutboxRow[]> {
  const { rows } = await sql<OutboxRow>`
    WITH next AS (SELECT ${columns} FROM events e WHERE e.position = ANY (${[...positions]}::bigint[]))
    ${cutToSize(sql`position`)}`.execute(db);
  return rows;
}

/** Events that are in the log as published at sequences above `sequence`, in the order of these. */
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
  return rows;
}

export interface Published {
  readonly position: number;
  readonly sequence: number;
}

/**
 * Marks events as published, in one statement that does nothing unless the term is still ours: a relay that wakes up
 * after its successor took over marks nothing. An event that has its sequence keeps it; one whose sequence a repair has
 * cleared gets another.
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

export interface Poison {
  readonly row: OutboxRow;
  readonly reason: string;
}

/**
 * Sets events aside that cannot be published; later ones of their streams wait until somebody decides.
 * @throws {TermOver}
 */
export async function park(db: Database, term: number, poison: readonly Poison[]): Promise<void> {
  const ids = poison.map(({ row }) => row.id);
  const streams = poison.map(({ row }) => row.stream_id);
  const positions = poison.map(({ row }) => row.position);
  const reasons = poison.map(({ reason }) => reason.slice(0, 500));
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
