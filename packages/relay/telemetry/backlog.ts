/** How far publishing is behind: for the metrics, the process report and `relay status`. */
import { sql } from 'kysely';
import { newestPosition, settledHere } from '@inventory/db/events.ts';
import type { Database } from '@inventory/db/pool.ts';

// Beyond this the exact number does not matter, and counting costs too much.
const MAX_COUNTED = 200_000;

export interface Backlog {
  /** Events to publish, neither parked nor waiting behind a parked one; counted up to 200 000. */
  readonly backlog: number;
  readonly oldest_seconds: number | null;
  readonly parked: number;
  readonly skipped: number;
  readonly waiting: number;
  readonly settled_position: number;
  readonly newest_position: number;
  /** Replays under way, and the events that they have still to publish. */
  readonly replays: number;
  readonly replay_left: number;
}

export async function readBacklog(db: Database): Promise<Backlog> {
  const settled = await settledHere(db);
  const newest = await newestPosition(db);
  const { rows } = await sql<{ backlog: number; waiting: number; oldest_seconds: number | null }>`
    WITH unpublished AS (
      SELECT e.timestamp,
        EXISTS (SELECT FROM relay_parked p WHERE p.event_id = e.id AND p.state <> 'released') AS parked,
        EXISTS (SELECT FROM relay_parked p
          WHERE p.stream_id = e.stream_id AND p.state = 'parked' AND p.position <= e.position) AS waiting
      FROM events_unpublished e ORDER BY e.position LIMIT ${MAX_COUNTED}
    )
    SELECT (count(*) FILTER (WHERE NOT parked AND NOT waiting))::int AS backlog,
      (count(*) FILTER (WHERE NOT parked AND waiting))::int AS waiting,
      extract(epoch FROM clock_timestamp()
        - min(timestamp) FILTER (WHERE NOT parked AND NOT waiting AND isfinite(timestamp)))::float8 AS oldest_seconds
    FROM unpublished`.execute(db);
  const states = await db
    .selectFrom('relay_parked')
    .select(({ fn }) => ['state', fn.countAll<number>().as('count')])
    .groupBy('state')
    .execute();
  const { rows: [replay] } = await sql<{ replays: number; replay_left: number }>`
    SELECT count(*) AS replays, coalesce(sum(total - published), 0)::bigint AS replay_left
    FROM replay_jobs WHERE state = 'running'`.execute(db);
  const [row] = rows;
  if (row === undefined) throw new Error('an aggregate answered without a row');
  const count = (state: string): number => states.find((line) => line.state === state)?.count ?? 0;
  return {
    ...row, parked: count('parked'), skipped: count('skipped'), settled_position: settled, newest_position: newest,
    replays: replay?.replays ?? 0, replay_left: replay?.replay_left ?? 0,
  };
}
