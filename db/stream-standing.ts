/**
 * Does the stream that NATS has belong to this log? Which one does is written down in relay_stream when the relay makes
 * it, by its date of creation: a stream of the same name with another date is somebody else's, or was made anew, and its
 * consumers would be told a history that it does not have.
 */
import { sql } from 'kysely';
import { epochName, onKnownServer, UNKNOWN_SERVER } from './known-server.ts';
import type { Database } from './pool.ts';

/** A stream as NATS describes it. */
interface FoundStream {
  readonly name: string;
  /** When it was made, as NATS writes it; undefined when there is no stream of this name. */
  readonly created: string | undefined;
  /** Sequence of its last message; 0 for one that is empty, or not there. */
  readonly lastSequence: number;
  /** Its description, in which its epoch stands. */
  readonly description?: string | undefined;
}

export interface StreamStanding {
  /**
   * - `ours`: made for this log, in the epoch that it is in
   * - `none`: nothing was published yet, and there is no stream, or an empty one that may become ours
   * - `conflict`: log and stream contradict each other, and only a person can say which one is right
   */
  readonly state: 'ours' | 'none' | 'conflict';
  /** The epoch of the log. */
  readonly epoch: number;
  /** The same by name. */
  readonly epochName: string;
  /** What contradicts what, in words; empty without a conflict. */
  readonly problem: string;
  /** The log was published, and its stream is gone, or empty and made anew: a repair may fill the place. */
  readonly vacant: boolean;
}

/** Judges a stream that was looked up just before. One statement, by primary keys. @throws what Postgres throws */
export async function streamStanding(db: Database, { name, created, lastSequence, description }: FoundStream): Promise<StreamStanding> {
  // Whether anything was published matters, and costs a look into the log, only where no stream is noted.
  const { rows: [row] } = await sql<{ epoch: number; name: string; known: boolean; noted: string | null; noted_epoch: number | null; used: boolean }>`
    SELECT log_epoch.epoch, ${epochName} AS name, ${onKnownServer} AS known, s.created AS noted, s.epoch AS noted_epoch,
      CASE WHEN s.created IS NULL THEN EXISTS (SELECT FROM published_runs WHERE stream <> '') ELSE true END AS used
    FROM log_epoch LEFT JOIN relay_stream s ON s.name = ${name}`.execute(db);
  if (row === undefined) throw new Error('the log has no epoch');
  const { epoch, name: named, noted, noted_epoch: notedEpoch, used } = row;
  if (!row.known) return { state: 'conflict', epoch, epochName: named, problem: UNKNOWN_SERVER, vacant: false };
  const vacant = used && lastSequence === 0 && (noted === null || noted !== created);
  const conflict = (problem: string): StreamStanding => ({ state: 'conflict', epoch, epochName: named, problem, vacant });
  if (noted === null) {
    if (used) return conflict(`the log has been published, but it is not known to which stream ${name}`);
    if (lastSequence > 0) return conflict(`a stream ${name} with messages is there that this log did not make`);
    return { state: 'none', epoch, epochName: named, problem: '', vacant };
  }
  if (created === undefined) return conflict(`the stream ${name} is gone, which was made ${noted}`);
  if (created !== noted) return conflict(`the stream ${name} was made ${created}; ours was made ${noted}`);
  if (notedEpoch !== epoch) {
    return conflict(`the stream ${name} belongs to epoch ${notedEpoch}, the log is in epoch ${epoch}`);
  }
  const described = Number(/\bepoch (\d{1,9})$/.exec(description ?? '')?.[1] ?? 0);
  if (described > epoch) {
    return conflict(`the stream ${name} belongs to epoch ${described}, which was begun on another PostgreSQL: this one is no longer the primary`);
  }
  return { state: 'ours', epoch, epochName: named, problem: '', vacant };
}

interface NotedStream {
  readonly name: string;
  readonly created: string;
  readonly epoch: number;
}

/** The session that leads, by its setting `inventory.lead`: no other one may say which stream is the log's. */
interface Noting {
  readonly nonce: string;
}

const leading = ({ nonce }: Noting) => sql`current_setting('inventory.lead', true) = ${nonce}`;

/** Writes down which stream is the log's, unless that is known. @returns false when the session does not lead */
export async function noteStream(db: Database, { name, created, epoch }: NotedStream, lead: Noting): Promise<boolean> {
  const { rows: [row] } = await sql<{ leads: boolean }>`
    WITH noted AS (
      INSERT INTO relay_stream (name, created, epoch) SELECT ${name}, ${created}, ${epoch} WHERE ${leading(lead)}
      ON CONFLICT (name) DO NOTHING
    )
    SELECT ${leading(lead)} AS leads`.execute(db);
  return row?.leads === true;
}

/**
 * Writes down that this stream, which is empty, is the log's in place of the one that was. It begins in the log at
 * `fromPosition`: the relay publishes everything from there on. @returns false when the session does not lead
 */
export async function replaceNotedStream(
  db: Database, { name, created, epoch, fromPosition }: NotedStream & { readonly fromPosition: number }, lead: Noting,
): Promise<boolean> {
  const { rows: [row] } = await sql<{ leads: boolean }>`
    WITH noted AS (
      INSERT INTO relay_stream (name, created, epoch, from_position)
      SELECT ${name}, ${created}, ${epoch}, ${fromPosition}::bigint WHERE ${leading(lead)}
      ON CONFLICT (name) DO UPDATE SET created = excluded.created, epoch = excluded.epoch,
        from_position = excluded.from_position, noted_at = clock_timestamp()
    ), forgotten AS (
      DELETE FROM published_runs WHERE stream = '' AND ${leading(lead)}
    ), unlisted AS (
      -- The ordinary way brings these, in their place.
      DELETE FROM relay_left_behind WHERE why = 'missing' AND position >= ${fromPosition}::bigint AND ${leading(lead)}
    )
    SELECT ${leading(lead)} AS leads`.execute(db);
  return row?.leads === true;
}
