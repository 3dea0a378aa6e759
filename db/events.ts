/**
 * The few queries of the log: how far it is settled, and what is in it.
 *
 * A position is drawn before its event is visible. At any instant some positions below the newest one may be in flight, so
 * `position > cursor` loses events. Nothing new appears at or below the settled position F. It is found in three steps,
 * each a statement of its own on the primary, because in one statement the two readings could be out of step:
 *
 *   L = the newest position drawn;  m = the smallest announcement that a writer holds;  N = the newest position in use;
 *   F = max(F before, min(L, m, N)).
 *
 * N, because the sequence may fall back: after a crash it is behind what transactions had drawn that were rolled back, and
 * hands that out once more.
 *
 * A writer announces the newest position before it draws its first one (the trigger events_announce). So a writer that is
 * not announced when m is read draws above L, and the events of one that has ended by then are visible.
 */
import { sql } from 'kysely';
import { epochName, LogUntrusted, onKnownServer, UNKNOWN_SERVER } from './known-server.ts';
import type { Database } from './pool.ts';
import { preparedAs } from './prepared.ts';

/** The channel for the hint that the log has grown. The poll is the guarantee. */
export const EVENTS_CHANNEL = 'inventory_events';

/**
 * The settled position, never below `previous` (which must stem from the same epoch).
 * Two statements, about 0.3 ms, or one where L is known.
 * @param drawn L, where the caller has read newestPosition by itself, on the same server and before this call
 * @throws {LogUntrusted} on a server that nobody has accepted, and where the sequence is behind what is in the log
 */
export async function settledPosition(db: Database, previous = 0, drawn?: number): Promise<number> {
  return Math.max(previous, (await settledLog(db, drawn)).settled);
}

/**
 * The settled position as it is now, and the newest position in use, which is above it while an event is held back. `whole`:
 * nothing was in flight, so whatever appears from now on lies beyond the newest position that was drawn then.
 * @param drawn L, as of settledPosition
 * @throws {LogUntrusted} as settledPosition does
 */
export async function settledLog(
  db: Database, drawn?: number,
): Promise<{ readonly settled: number; readonly newest: number; readonly whole: boolean }> {
  const { settled, stands, used, known, whole } = await readSettled(db, drawn);
  if (!known) throw new LogUntrusted(UNKNOWN_SERVER);
  if (stands < used) {
    throw new LogUntrusted(`the sequence events_position stands at ${stands}, behind the newest event at ${used}: set it with setval`);
  }
  return { settled, newest: used, whole };
}

/**
 * How far the log is not held back by writers on the server that answers, whichever that is: for people to look at, and for
 * nothing to be built on. Unlike the settled position it counts what was drawn for nothing.
 */
export async function settledHere(db: Database): Promise<number> {
  return (await readSettled(db)).free;
}

async function readSettled(db: Database, readBefore?: number) {
  const drawn = readBefore ?? await newestPosition(db);
  const { rows: [row] } = await sql<{ smallest: number | null; used: number; stands: number; known: boolean }>`
    ${preparedAs('settled-position')} SELECT (SELECT min(((classid::bigint << 32) | objid::bigint) & ((1::bigint << 48) - 1))
        FROM pg_locks
        WHERE locktype = 'advisory' AND granted AND objsubid = 1 AND (classid::bigint >> 16) = 7
          AND database = (SELECT oid FROM pg_database WHERE datname = current_database())) AS smallest,
      greatest((SELECT max(position) FROM events), (SELECT max(released_position) FROM relay_parked), 0) AS used,
      (SELECT last_value FROM events_position) AS stands,
      ${onKnownServer} AS known`.execute(db);
  if (row === undefined) throw new Error('a statement about the log was answered without a row');
  const free = Math.min(drawn, row.smallest ?? drawn);
  return { ...row, free, whole: free === drawn, settled: Math.min(free, row.used) };
}

/** The newest position drawn so far, in flight or not; 0 for a log that is empty. */
export async function newestPosition(db: Database): Promise<number> {
  const { rows } = await sql<{ newest: number }>`
    ${preparedAs('newest-position')} SELECT CASE WHEN is_called THEN last_value ELSE 0 END AS newest FROM events_position`.execute(db);
  const [row] = rows;
  if (row === undefined) throw new Error('the sequence events_position has no row');
  return row.newest;
}

/**
 * The epoch of the log. Another epoch means that the log may have gone back in time: it was restored, or is on another server.
 * @throws {LogUntrusted} on a server that nobody has accepted
 */
export async function logEpoch(db: Database): Promise<number> {
  const { epoch, known } = await epochHere(db);
  if (!known) throw new LogUntrusted(UNKNOWN_SERVER);
  return epoch;
}

/** The epoch by name, which no other log has. @throws {LogUntrusted} like logEpoch */
export async function logEpochName(db: Database): Promise<string> {
  const { name, known } = await epochHere(db);
  if (!known) throw new LogUntrusted(UNKNOWN_SERVER);
  return name;
}

/** The epoch, and whether it is that of the accepted server: for people to look at, and for those who judge by themselves. */
export async function epochHere(db: Database): Promise<{
  readonly epoch: number; readonly name: string; readonly known: boolean;
}> {
  return db.selectFrom('log_epoch').select(['epoch', epochName.as('name'), onKnownServer.as('known')]).executeTakeFirstOrThrow();
}

interface EventRange {
  /** Exclusive. */
  readonly after: number;
  /** Inclusive; at most the settled position, or the range has gaps that fill later. */
  readonly upTo: number;
  readonly limit: number;
  readonly types?: readonly string[];
  readonly storeIds?: readonly string[];
}

export interface LoggedEvent {
  readonly position: number;
  readonly id: string;
  readonly event_type: string;
  readonly store_id: string;
  readonly aggregate_id: string;
  readonly payload: unknown;
  readonly timestamp: Date;
  readonly stream_id: string;
  readonly stream_version: number | null;
  readonly schema_version: number;
  readonly metadata: unknown;
}

/** Events of a range in log order. */
export async function readEvents(db: Database, range: EventRange): Promise<readonly LoggedEvent[]> {
  let query = db.selectFrom('events')
    .select([
      'position', 'id', 'event_type', 'store_id', 'aggregate_id', 'payload', 'timestamp', 'stream_id',
      'stream_version', 'schema_version', 'metadata',
    ])
    .where('position', '>', range.after)
    .where('position', '<=', range.upTo);
  // ANY and not IN: an empty list means no event, and is no syntax error.
  if (range.types !== undefined) query = query.where(sql<boolean>`event_type = ANY (${[...range.types]}::text[])`);
  if (range.storeIds !== undefined) query = query.where(sql<boolean>`store_id = ANY (${[...range.storeIds]}::text[])`);
  return query.orderBy('position').limit(range.limit).execute();
}
