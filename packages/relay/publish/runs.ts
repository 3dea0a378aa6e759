/**
 * What was published, in runs. A run says of each event from its first to its last position that it is in the stream, the n-th
 * of them, n from 0, at first_sequence + n. A mark that plainly continues extends the last run, as long as nothing was passed
 * over in between; any other mark begins a run. [A mark for 512 events: 0.4 µs and 1 byte of Postgres' log an event; an
 * UPDATE of each event took 34 µs and 1 541 bytes.]
 *
 * A plain continuation does not wait for the disk. The session that loses it has lost the lead as well, and what a crash
 * forgets is the end of the runs, so the tail of the stream brings it back before anything is fetched. Every other mark waits.
 */
import { sql } from 'kysely';
import type { RawBuilder } from 'kysely';
import type { Database } from '@inventory/db/pool.ts';
import { preparedAs } from '@inventory/db/prepared.ts';
import { fence, requireFence } from '../leader/fence.ts';
import type { Lead } from '../leader/fence.ts';

/** To find the n-th event of a run takes 77 ns × n, so a run has an end. */
export const MAX_RUN = 8192;
const MAX_RUN_SECONDS = 60;

export interface Published {
  readonly position: number;
  readonly sequence: number;
  /** It was listed in relay_left_behind: it stands out of its order. */
  readonly listed: boolean;
  /** Its message has the header Repair. */
  readonly repair: boolean;
}

/** Where the leader stands: how far the stream and the log agree, and what lies beyond. */
export interface Standing {
  /** When the stream was made: the name of its runs. */
  readonly stream: string;
  readonly epoch: number;
  /** The greatest position of the stream's runs. */
  readonly frontier: number;
  /** Positions beyond the frontier that are listed in relay_left_behind. */
  readonly passed: ReadonlySet<number>;
  /** Its marks wait for the disk, even plain ones: those of a take-over. */
  readonly waits?: boolean;
}

interface Run {
  readonly first: number;
  readonly last: number;
  readonly sequence: number;
  readonly count: number;
  readonly repair: boolean;
}

/** The standing once these are marked. */
export function advance(standing: Standing, published: readonly Pick<Published, 'position'>[]): Standing {
  const frontier = published.reduce((greatest, { position }) => Math.max(greatest, position), standing.frontier);
  return { ...standing, frontier, passed: new Set([...standing.passed].filter((position) => position > frontier)) };
}

/** Published events, by their sequence, as runs: each ends where an event was passed over, or one stands out of order. */
function runsOf(published: readonly Published[], passed: ReadonlySet<number>): readonly Run[] {
  const borders = [...passed].sort((a, b) => a - b);
  const runs: Run[] = [];
  let before: Published | undefined;
  for (const event of published) {
    const { position, sequence, listed, repair } = event;
    const run = runs.at(-1);
    const from = before?.position ?? 0;
    if (run !== undefined && before !== undefined && !listed && !before.listed && repair === before.repair
      && sequence === before.sequence + 1 && position > from && run.count < MAX_RUN
      && !borders.some((border) => border > from && border < position)) {
      runs[runs.length - 1] = { ...run, last: position, count: run.count + 1 };
    } else {
      runs.push({ first: position, last: position, sequence, count: 1, repair });
    }
    before = event;
  }
  return runs;
}

/**
 * Marks events as published, at the sequences behind `standing`, in one statement.
 * @returns the time of the mark by the database's clock, in ms since 1970
 * @throws {TermOver}; {Error} when the log has an event between them that was neither published nor passed over
 */
export async function markPublished(
  db: Database, lead: Lead, standing: Standing, published: readonly Published[],
): Promise<number> {
  const [run, ...others] = runsOf(published, standing.passed);
  if (run === undefined) return Date.now();
  const plain = standing.waits !== true && others.length === 0 && !run.repair && published[0]?.listed === false && run.first > standing.frontier
    && ![...standing.passed].some((position) => position < run.first);
  return plain ? extend(db, lead, standing, run) : write(db, lead, standing, [run, ...others], published);
}

async function extend(db: Database, lead: Lead, { stream, frontier }: Standing, run: Run): Promise<number> {
  const { rows } = await sql<{ fenced: number; now: number }>`
    ${preparedAs('relay-mark')} WITH ${fence(lead)},
    extended AS (
      UPDATE published_runs r SET last_position = ${run.last}, count = r.count + ${run.count}, last_at = clock_timestamp()
      FROM fence
      WHERE r.stream = ${stream} AND r.last_position = ${frontier} AND r.first_sequence + r.count = ${run.sequence}
        AND NOT r.repair AND r.count + ${run.count} <= ${MAX_RUN}
        AND r.first_at > clock_timestamp() - make_interval(secs => ${MAX_RUN_SECONDS})
      RETURNING 1
    ), begun AS (
      INSERT INTO published_runs (stream, first_position, last_position, first_sequence, count, term)
      SELECT ${stream}, ${run.first}::bigint, ${run.last}::bigint, ${run.sequence}::bigint, ${run.count}::int, ${lead.term}::bigint
      FROM fence WHERE NOT EXISTS (SELECT FROM extended)
    )
    SELECT (SELECT count(*)::int FROM fence) AS fenced, set_config('synchronous_commit', 'off', true),
      extract(epoch FROM clock_timestamp())::float8 * 1000 AS now`.execute(db);
  return requireFence(lead, rows).now;
}

async function write(
  db: Database, lead: Lead, { stream }: Standing, runs: readonly Run[], published: readonly Published[],
): Promise<number> {
  const { rows } = await sql<{ fenced: number; written: number; now: number }>`
    WITH ${fence(lead)},
    run AS (
      SELECT * FROM unnest(
        ${runs.map(({ first }) => first)}::bigint[], ${runs.map(({ last }) => last)}::bigint[],
        ${runs.map(({ sequence }) => sequence)}::bigint[], ${runs.map(({ count }) => count)}::int[],
        ${runs.map(({ repair }) => repair)}::boolean[]) AS r (first_position, last_position, first_sequence, count, repair)
    ), written AS (
      INSERT INTO published_runs (stream, first_position, last_position, first_sequence, count, repair, term)
      SELECT ${stream}, run.*, ${lead.term}::bigint FROM fence, run
      WHERE run.count = (SELECT count(*) FROM events e WHERE e.position BETWEEN run.first_position AND run.last_position)
      RETURNING 1
    ), unlisted AS (
      DELETE FROM relay_left_behind l USING fence
      WHERE l.position = ANY (${published.filter(({ listed }) => listed).map(({ position }) => position)}::bigint[])
    )
    SELECT (SELECT count(*)::int FROM fence) AS fenced, (SELECT count(*)::int FROM written) AS written,
      extract(epoch FROM clock_timestamp())::float8 * 1000 AS now`.execute(db);
  const { written, now } = requireFence(lead, rows);
  if (written !== runs.length) throw new Error(`${runs.length - written} runs do not hold all events between their ends`);
  return now;
}

/**
 * Takes events out of the runs that have them, which are split there, and lists them as missing: their messages are not where
 * the runs say. @throws {TermOver}
 */
export async function takeOut(db: Database, lead: Lead, stream: string, positions: readonly number[]): Promise<void> {
  const gone = sql`${[...positions]}::bigint[]`;
  const { rows } = await sql<{ fenced: number }>`
    WITH ${fence(lead)},
    split AS (
      SELECT r.* FROM fence, published_runs r WHERE r.stream = ${stream}
        AND EXISTS (SELECT FROM unnest(${gone}) p WHERE p BETWEEN r.first_position AND r.last_position)
    ), placed AS (
      SELECT s.first_sequence AS run, s.repair, s.term, s.first_at, s.last_at, e.position, e.stream_id,
        s.first_sequence + row_number() OVER (PARTITION BY s.first_sequence ORDER BY e.position) - 1 AS sequence,
        e.position = ANY (${gone}) AS gone
      FROM split s JOIN events e ON e.position BETWEEN s.first_position AND s.last_position
    ), removed AS (
      DELETE FROM published_runs r USING split s WHERE r.stream = s.stream AND r.first_sequence = s.first_sequence RETURNING 1
    ), written AS (
      INSERT INTO published_runs (stream, first_position, last_position, first_sequence, count, repair, term, first_at, last_at)
      SELECT ${stream}, min(position), max(position), min(sequence), count(*), repair, term, first_at, last_at
      FROM (SELECT *, count(*) FILTER (WHERE gone) OVER (PARTITION BY run ORDER BY position) AS part FROM placed) p
      WHERE NOT gone AND (SELECT count(*) FROM removed) > 0
      GROUP BY run, part, repair, term, first_at, last_at
    ), listed AS (
      INSERT INTO relay_left_behind (position, stream_id, why) SELECT position, stream_id, 'missing' FROM placed WHERE gone
      ON CONFLICT (position) DO NOTHING
    )
    SELECT count(*)::int AS fenced FROM fence`.execute(db);
  requireFence(lead, rows);
}

/** The events (position, sequence, repair, last_at) of the runs that reach beyond a sequence: at least `limit`, or all. */
export function placedAbove(stream: string, sequence: number, limit: number): RawBuilder<unknown> {
  return sql`
    SELECT e.position, r.repair, r.last_at,
      r.first_sequence + row_number() OVER (PARTITION BY r.first_sequence ORDER BY e.position) - 1 AS sequence
    FROM (
      SELECT *, sum(count) OVER (ORDER BY first_sequence) - count AS before FROM published_runs
      WHERE stream = ${stream} AND first_sequence > ${sequence}::bigint - ${MAX_RUN} AND first_sequence + count > ${sequence}::bigint + 1
      ORDER BY first_sequence LIMIT ${limit}
    ) r JOIN events e ON e.position BETWEEN r.first_position AND r.last_position
    WHERE r.before < ${limit + MAX_RUN}`;
}

/** The end of the stream by the runs: the greatest sequence that one of them places; 0 where there is none. */
export async function lastPlaced(db: Database, stream: string): Promise<number> {
  const { rows: [row] } = await sql<{ last: number }>`
    SELECT first_sequence + count - 1 AS last FROM published_runs WHERE stream = ${stream}
    ORDER BY first_sequence DESC LIMIT 1`.execute(db);
  return row?.last ?? 0;
}

/** Where the log stands with the stream that it is published to. */
export async function readFrontier(db: Database): Promise<number> {
  const { rows: [row] } = await sql<{ frontier: number }>`SELECT events_frontier() AS frontier`.execute(db);
  if (row === undefined) throw new Error('the frontier was answered without a row');
  return row.frontier;
}
