/** What the relay has noted about published events. Only this file of the checkers knows where the relay keeps it. */
import type { Query } from '../world/sql.ts';

export interface Marks {
  /** When the stream was made that the log is published to; undefined before the first publish. */
  readonly stream: string | undefined;
  /** The sequence of each published event, by its id; null for one whose message is older than this stream. */
  readonly published: ReadonlyMap<string, number | null>;
  /** Ids of events that cannot be published, or wait behind one that cannot. */
  readonly setAside: ReadonlySet<string>;
}

export async function readMarks(query: Query): Promise<Marks> {
  const [noted] = await query<{ created: string }>("SELECT created FROM relay_stream WHERE name = 'INVENTORY'");
  // In one pass over the runs: the computed columns take as long for each event as its run is long before it.
  const published = await query<{ id: string; sequence: number | null }>(`
    SELECT e.id, placed.sequence::float8 AS sequence
    FROM events e CROSS JOIN (SELECT events_frontier() AS position) frontier
    LEFT JOIN relay_left_behind l ON l.position = e.position
    LEFT JOIN (
      SELECT b.position, r.first_sequence + row_number() OVER (PARTITION BY r.first_sequence ORDER BY b.position) - 1 AS sequence
      FROM published_runs r JOIN relay_stream s ON s.name = 'INVENTORY' AND s.created = r.stream
      JOIN events b ON b.position BETWEEN r.first_position AND r.last_position
    ) placed ON placed.position = e.position
    WHERE e.position <= frontier.position AND l.position IS NULL`);
  const aside = await query<{ id: string }>(`
    SELECT e.id FROM events_unpublished e JOIN relay_parked p ON p.stream_id = e.stream_id AND e.position >= p.position
    WHERE (p.state = 'parked' OR p.event_id = e.id)`);
  return {
    stream: noted?.created,
    published: new Map(published.map(({ id, sequence }) => [id, sequence])),
    setAside: new Set(aside.map(({ id }) => id)),
  };
}

/** How many events wait to be published, and how long the oldest of them has waited. */
export async function readBacklog(query: Query): Promise<{ readonly events: number; readonly oldestMs: number }> {
  const [row] = await query<{ events: number; oldest_ms: number | null }>(`
    SELECT count(*)::int AS events, (extract(epoch FROM clock_timestamp() - min(timestamp)) * 1000)::float8 AS oldest_ms
    FROM events_unpublished e WHERE NOT EXISTS (
      SELECT FROM relay_parked p
      WHERE p.stream_id = e.stream_id AND e.position >= p.position AND (p.state = 'parked' OR p.event_id = e.id))`);
  return { events: row?.events ?? 0, oldestMs: row?.oldest_ms ?? 0 };
}

/** The newest event that is marked as published and older than so many ms; undefined where there is none. */
export async function readNewestPublished(query: Query, olderThanMs: number): Promise<string | undefined> {
  const [newest] = await query<{ id: string }>(`
    SELECT e.id FROM events e WHERE e.processed AND e.timestamp < clock_timestamp() - make_interval(secs => $1::float8 / 1000)
    ORDER BY e.position DESC LIMIT 1`, [olderThanMs]);
  return newest?.id;
}
