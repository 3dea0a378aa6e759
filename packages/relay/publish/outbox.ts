/** What the relay reads from the log: what comes next, and ranges of what is there. */
import { sql } from 'kysely';
import type { RawBuilder } from 'kysely';
import { firstTooNew, requireReadable } from '@inventory/db/formats/formats.ts';
import { inRange } from '@inventory/db/operating/range.ts';
import type { RangeFilter } from '@inventory/db/operating/range.ts';
import type { Database } from '@inventory/db/pool.ts';
import { preparedAs } from '@inventory/db/prepared.ts';
import type { Lead } from '../leader/fence.ts';
import { held, passOver, releasedLater, skipped } from './left-behind.ts';
import type { OutboxRow } from './message.ts';
import { placedAbove } from './runs.ts';

/** A batch ends with the event at which its payloads reach this size, so memory has a bound. */
const MAX_BATCH_BYTES = 8_000_000;

const columns = sql`e.position, e.id, e.event_type, e.store_id, e.aggregate_id, e.payload::text AS payload, e.timestamp,
  e.stream_id, e.schema_version, e.metadata->>'traceparent' AS traceparent`;

/** An event that comes next. */
export interface NextRow extends OutboxRow {
  /** It was passed over, and stands in relay_left_behind until it is marked. */
  readonly listed: boolean;
}

export interface Next {
  readonly rows: readonly NextRow[];
  /** There may be more than these. */
  readonly more: boolean;
  /** Behind these nothing waits up to the settled position. False where that was not looked at. */
  readonly last: boolean;
  /** They are to be published out of their order, with the header Repair: nothing else is left. */
  readonly repair: boolean;
  /** Positions that were listed on the way: they are passed over. */
  readonly passed: readonly number[];
}

interface Outlook {
  /** Everything up to it is published, or listed in relay_left_behind. */
  readonly frontier: number;
  readonly settled: number;
  readonly limit: number;
}

/**
 * The next events to publish, in log order, up to the settled position: what lies beyond the frontier without what is passed
 * over, and, at the place of its decision, what a decision has freed. Behind all that comes what is missing from the stream.
 *
 * The settled position bounds them because the chain compares places and not contents. If a batch E1 E2 is still on its way
 * when E0 commits before them, a second batch E0 E1 E2 could have its E1 accepted behind the first one's. Below the settled
 * position nothing new appears, so two relays that publish behind sequence s publish the same event there. The same holds for
 * a decision about a parked event: it has a position of its own, and a relay that does not see it yet fetches nothing beyond
 * that position. What is free is asked of relay_parked each time, never of the list: a decision may commit before it.
 *
 * Usually the events come one after the other, and the first statement, which is prepared, brings all there is. It brings
 * nothing while something is parked, was decided about beyond the frontier, or is listed and due: what was skipped is not, nor
 * what is missing, which waits for the backlog. A decision made after its answer lies beyond the settled position.
 * @throws {TermOver}, {TooNew}
 */
export async function fetchNext(db: Database, lead: Lead, { frontier, settled, limit }: Outlook): Promise<Next> {
  const { rows: inOrder } = await sql<NextRow & { readonly missing: boolean }>`${preparedAs('relay-next')} WITH next AS (
      SELECT ${columns}, e.position AS place, false AS listed,
        (SELECT EXISTS (SELECT FROM relay_left_behind WHERE why = 'missing')) AS missing FROM events e
      WHERE e.position > ${frontier} AND e.position <= ${settled}
        AND NOT EXISTS (SELECT FROM relay_parked p WHERE p.state = 'parked')
        AND NOT EXISTS (SELECT FROM relay_parked p WHERE p.released_position > ${frontier})
        AND NOT EXISTS (SELECT FROM relay_left_behind l WHERE l.position > ${frontier})
        AND NOT EXISTS (SELECT FROM relay_left_behind l CROSS JOIN LATERAL
          (SELECT e.id FROM events e WHERE e.position = l.position LIMIT 1) e WHERE l.why IN ('parked', 'waiting', 'skipped') AND NOT ${skipped})
      ORDER BY e.position LIMIT ${limit})
    ${cutToSize(sql`place, position`)}`.execute(db);
  if (inOrder.length > 0) {
    const more = mayHaveMore(inOrder, limit);
    return readable(db, { rows: inOrder, more, last: !more && inOrder[0]?.missing === false, repair: false, passed: [] });
  }
  const { rows: [known] } = await sql<{ any: boolean; missing: boolean }>`
    ${preparedAs('relay-passed-over')} SELECT EXISTS (SELECT FROM relay_parked) OR EXISTS (SELECT FROM relay_left_behind) AS any,
      EXISTS (SELECT FROM relay_left_behind WHERE why = 'missing') AS missing`.execute(db);
  if (known?.any === false) return { rows: [], more: false, last: true, repair: false, passed: [] };
  const { last, passed } = await passOver(db, lead, { frontier, settled, limit });
  const upTo = last ?? settled;
  const { rows } = await sql<NextRow>`WITH next AS (
      (SELECT ${columns}, e.position AS place, false AS listed FROM events e
       WHERE e.position > ${frontier} AND e.position <= ${upTo}
         AND NOT EXISTS (SELECT FROM relay_left_behind l WHERE l.position = e.position)
       ORDER BY e.position LIMIT ${limit})
      UNION ALL
      (SELECT ${columns}, released.place, true FROM relay_left_behind l JOIN events e ON e.position = l.position
       CROSS JOIN LATERAL (SELECT max(p.released_position) AS place FROM relay_parked p WHERE ${releasedLater}) released
       WHERE l.why <> 'missing' AND NOT ${held} AND NOT ${skipped} AND released.place <= ${upTo}
       ORDER BY released.place, e.position LIMIT ${limit})
      ORDER BY place, position LIMIT ${limit})
    ${cutToSize(sql`place, position`)}`.execute(db);
  if (rows.length > 0 || last !== undefined || known?.missing !== true) {
    const more = last !== undefined || mayHaveMore(rows, limit);
    return readable(db, { rows, more, last: !more && rows.length === 0, repair: false, passed });
  }
  const { rows: missing } = await sql<NextRow>`WITH next AS (
      SELECT ${columns}, true AS listed FROM relay_left_behind l JOIN events e ON e.position = l.position
      WHERE l.why = 'missing' AND NOT ${held} AND NOT ${skipped} ORDER BY e.position LIMIT ${limit})
    ${cutToSize(sql`position`)}`.execute(db);
  const more = mayHaveMore(missing, limit);
  return readable(db, { rows: missing, more, last: !more, repair: true, passed });
}

/** Without what comes from the first row on that only a newer release can read. @throws {TooNew} when nothing is left of it */
async function readable(db: Database, next: Next): Promise<Next> {
  const newer = await firstTooNew(db, next.rows.map(formatOf));
  if (newer?.index === 0) throw newer.reason;
  return newer === undefined ? next : { ...next, rows: next.rows.slice(0, newer.index), more: true, last: false };
}

const formatOf = ({ event_type: type, schema_version: version }: OutboxRow) => ({ type, version });

/** All of the rows. @throws {TooNew} when only a newer release can read one of them */
async function allReadable<R extends OutboxRow>(db: Database, rows: readonly R[]): Promise<readonly R[]> {
  await requireReadable(db, rows.map(formatOf));
  return rows;
}

/** Selects from `next` up to the event at which MAX_BATCH_BYTES is reached. */
function cutToSize(order: RawBuilder<unknown>) {
  return sql`SELECT * FROM (
      SELECT *, sum(octet_length(payload)) OVER (ORDER BY ${order}) - octet_length(payload) AS bytes_before FROM next
    ) sized WHERE bytes_before < ${MAX_BATCH_BYTES} ORDER BY ${order}`;
}

/** Whether a batch that was fetched with this limit may have been cut. */
function mayHaveMore(rows: readonly OutboxRow[], limit: number): boolean {
  const bytes = rows.reduce((sum, { payload }) => sum + Buffer.byteLength(payload), 0);
  return rows.length === limit || bytes >= MAX_BATCH_BYTES;
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

/** Events that a run of the stream places at sequences above `sequence`, by their sequence. */
export async function fetchPlacedAbove(
  db: Database,
  { stream, sequence, limit }: { readonly stream: string; readonly sequence: number; readonly limit: number },
): Promise<readonly (OutboxRow & { readonly sequence: number; readonly repair: boolean })[]> {
  const { rows } = await sql<OutboxRow & { readonly sequence: number; readonly repair: boolean }>`
    WITH next AS (
      SELECT e.*, placed.sequence, placed.repair
      FROM (
        SELECT * FROM (${placedAbove(stream, sequence, limit)}) every WHERE sequence > ${sequence} ORDER BY sequence LIMIT ${limit}
      ) placed CROSS JOIN LATERAL (SELECT ${columns} FROM events e WHERE e.position = placed.position LIMIT 1) e
    )
    ${cutToSize(sql`sequence`)}`.execute(db);
  return allReadable(db, rows);
}
