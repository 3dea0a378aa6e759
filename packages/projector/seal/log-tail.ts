/**
 * The end of the log as sealing reads it: only the newest event of each stream, because a payload is the whole state, and
 * nothing that the same sealer has read before.
 *
 * Behind P the log has gaps: positions that are still in flight, or that were rolled back. While a session keeps one open, P
 * stands still and everything behind it would be read again by each cycle, every second more. So a sealer remembers what it
 * has not read: the gaps, and what is behind the newest event that it has seen. A cycle begins at the first of these
 * places where there is an event now.
 */
import { sql } from 'kysely';
import type { Database } from '@inventory/db/pool.ts';

export interface NewestEvent {
  readonly position: number;
  readonly event_type: string;
  readonly schema_version: number;
  readonly stream_id: string;
  readonly payload: unknown;
  readonly timestamp: Date;
}

/** Ranges of positions, as Postgres writes an int8multirange: `{[7,8),[12,)}`. */
export type Ranges = string;

export const EVERYTHING: Ranges = '{(,)}';
const NOTHING: Ranges = '{}';

/** @param positions ascending, each once */
export function rangesOf(positions: readonly number[]): Ranges {
  const ranges: (readonly [first: number, last: number])[] = [];
  for (const position of positions) {
    const before = ranges.at(-1);
    if (before !== undefined && before[1] + 1 === position) ranges[ranges.length - 1] = [before[0], position];
    else ranges.push([position, position]);
  }
  return `{${ranges.map(([first, last]) => `[${first},${last}]`).join(',')}}`;
}

interface Page {
  readonly events: readonly NewestEvent[];
  /** The last position of the page; that behind which it was to look, where nothing is unread. */
  readonly reached: number;
  /** What is still unread once the events of this page are applied. */
  readonly unread: Ranges;
  /** Another page may follow. */
  readonly more: boolean;
}

const PAGE = 5_000;
/** Gaps that are remembered; what is behind the last of them is read again. One is about 30 bytes. */
const MAX_GAPS = 1_000;

/**
 * The newest versioned event of each stream in what is unread behind a position, in pages of the log: a stream may come once
 * in each page, and events that were read before may come again. It reads to the end of what is visible, and not only to
 * the settled position, because events behind a position that is still in flight may have been committed long ago.
 * @param brought what is in the view by now without having been read here
 */
export async function* newestEventsAfter(
  db: Database, position: number, unread: Ranges = EVERYTHING, brought: Ranges = NOTHING,
): AsyncGenerator<Page> {
  const { first, left } = await firstUnread(db, position, { unread, brought });
  if (first === null) {
    if (brought !== NOTHING) yield { events: [], reached: position, unread: left, more: false };
    return;
  }
  let rest = left;
  for (let after = first - 1, more = true; more;) {
    const { rows } = await sql<NewestEvent & { reached: number | null; read: number; unread: Ranges; stream_id: string | null }>`
      WITH page AS MATERIALIZED (
        SELECT position, event_type, schema_version, stream_id, stream_version, payload, timestamp FROM events
        WHERE position > ${after} ORDER BY position LIMIT ${PAGE}
      ), newest AS (
        SELECT DISTINCT ON (stream_id) position, event_type, schema_version, stream_id, payload, timestamp
        FROM page
        WHERE stream_version IS NOT NULL ORDER BY stream_id, stream_version DESC
      ), page_end AS (
        SELECT max(position) AS reached, count(*)::int AS read, range_agg(int8range(position, position, '[]')) AS seen FROM page
      ), unread AS (
        SELECT range, row_number() OVER (ORDER BY range) AS nth
        FROM page_end, unnest(${rest}::int8multirange * int8multirange(int8range(${position}, NULL, '()')) - seen) AS range
      )
      SELECT newest.*, reached, read, CASE WHEN row_number() OVER () = 1 THEN (
        SELECT range_agg(CASE WHEN nth <= ${MAX_GAPS} THEN range ELSE int8range(lower(range), NULL) END)::text FROM unread
      ) END AS unread
      FROM page_end LEFT JOIN newest ON true`.execute(db);
    const [page] = rows;
    // Where every event of the page has gone, the log has gone back in time: that is not for this reader to judge.
    if (page === undefined || page.reached === null) return;
    ({ reached: after, unread: rest } = { reached: page.reached, unread: page.unread });
    more = page.read === PAGE;
    // A page of refused demand alone has an end but no streams.
    yield { events: page.stream_id === null ? [] : rows, reached: after, unread: rest, more };
  }
}

/** The first position behind `position` that is unread and has an event now; and all that is unread there. */
async function firstUnread(
  db: Database, position: number, { unread, brought }: { readonly unread: Ranges; readonly brought: Ranges },
): Promise<{ readonly first: number | null; readonly left: Ranges }> {
  const { rows: [row] } = await sql<{ first: number | null; left: Ranges | null }>`
    WITH unread AS (
      SELECT range, row_number() OVER (ORDER BY range) AS nth
      FROM unnest(${unread}::int8multirange * int8multirange(int8range(${position}, NULL, '()')) - ${brought}::int8multirange) AS range
    ), ranges AS (
      SELECT CASE WHEN nth = ${MAX_GAPS} THEN int8range(lower(range), NULL) ELSE range END AS range FROM unread WHERE nth <= ${MAX_GAPS}
    )
    SELECT min((SELECT min(position) FROM events
        WHERE position >= lower(range) AND position < coalesce(upper(range), ${Number.MAX_SAFE_INTEGER}))) AS first,
      range_agg(range)::text AS left
    FROM ranges`.execute(db);
  return { first: row?.first ?? null, left: row?.left ?? NOTHING };
}

/** The product of an event that cannot be read: its stream is a stock row or a product. Undefined for a store's. */
export async function productOfStream(db: Database, streamId: string): Promise<string | undefined> {
  const { rows } = await sql<{ product_id: string }>`
    SELECT product_id FROM stock WHERE id = ${streamId} UNION ALL SELECT id FROM products WHERE id = ${streamId}`.execute(db);
  return rows[0]?.product_id;
}
