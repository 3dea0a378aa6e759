/** The end of the log as sealing reads it: only the newest event of each stream, because a payload is the whole state. */
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

interface Page {
  readonly events: readonly NewestEvent[];
  /** Every visible event up to this position is in this page or an earlier one. */
  readonly reached: number;
  /** Another page may follow. */
  readonly more: boolean;
}

const PAGE = 5_000;

/**
 * The newest versioned event of each stream behind a position, in pages of the log: a stream may come once in each page.
 * It reads to the end of what is visible, and not only to the settled position, because events behind a position that is
 * still in flight may have been committed long ago.
 */
export async function* newestEventsAfter(db: Database, position: number): AsyncGenerator<Page> {
  for (let after = position, more = true; more;) {
    const { rows } = await sql<NewestEvent & { reached: number | null; read: number; stream_id: string | null }>`
      WITH page AS MATERIALIZED (
        SELECT position, event_type, schema_version, stream_id, stream_version, payload, timestamp FROM events
        WHERE position > ${after} ORDER BY position LIMIT ${PAGE}
      ), newest AS (
        SELECT DISTINCT ON (stream_id) position, event_type, schema_version, stream_id, payload, timestamp
        FROM page
        WHERE stream_version IS NOT NULL ORDER BY stream_id, stream_version DESC
      )
      SELECT newest.*, page_end.reached, page_end.read
      FROM (SELECT max(position) AS reached, count(*)::int AS read FROM page) page_end LEFT JOIN newest ON true`.execute(db);
    const [first] = rows;
    if (first === undefined || first.reached === null) return;
    after = first.reached;
    more = first.read === PAGE;
    // A page of refused demand alone has an end but no streams.
    yield { events: first.stream_id === null ? [] : rows, reached: after, more };
  }
}

/** The product of an event that cannot be read: its stream is a stock row or a product. Undefined for a store's. */
export async function productOfStream(db: Database, streamId: string): Promise<string | undefined> {
  const { rows } = await sql<{ product_id: string }>`
    SELECT product_id FROM stock WHERE id = ${streamId} UNION ALL SELECT id FROM products WHERE id = ${streamId}`.execute(db);
  return rows[0]?.product_id;
}
