/**
 * Does the stream that NATS has belong to this log? Which one does is written down in relay_stream when the relay makes
 * it, by its date of creation: a stream of the same name with another date is somebody else's, or was made anew, and its
 * consumers would be told a history that it does not have.
 */
import { sql } from 'kysely';
import { onKnownServer, UNKNOWN_SERVER } from './known-server.ts';
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
  /** What contradicts what, in words; empty without a conflict. */
  readonly problem: string;
  /** The log was published, and its stream is gone, or empty and made anew: a repair may fill the place. */
  readonly vacant: boolean;
}

/** Judges a stream that was looked up just before. One statement, by primary keys. @throws what Postgres throws */
export async function streamStanding(db: Database, { name, created, lastSequence, description }: FoundStream): Promise<StreamStanding> {
  // Whether anything was published matters, and costs a look into the log, only where no stream is noted.
  const { rows: [row] } = await sql<{ epoch: number; known: boolean; noted: string | null; noted_epoch: number | null; used: boolean }>`
    SELECT log_epoch.epoch, ${onKnownServer} AS known, s.created AS noted, s.epoch AS noted_epoch,
      CASE WHEN s.created IS NULL THEN EXISTS (SELECT FROM events WHERE published_seq IS NOT NULL) ELSE true END AS used
    FROM log_epoch LEFT JOIN relay_stream s ON s.name = ${name}`.execute(db);
  if (row === undefined) throw new Error('the log has no epoch');
  const { epoch, noted, noted_epoch: notedEpoch, used } = row;
  if (!row.known) return { state: 'conflict', epoch, problem: UNKNOWN_SERVER, vacant: false };
  const vacant = used && lastSequence === 0 && (noted === null || noted !== created);
  const conflict = (problem: string): StreamStanding => ({ state: 'conflict', epoch, problem, vacant });
  if (noted === null) {
    if (used) return conflict(`the log has been published, but it is not known to which stream ${name}`);
    if (lastSequence > 0) return conflict(`a stream ${name} with messages is there that this log did not make`);
    return { state: 'none', epoch, problem: '', vacant };
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
  return { state: 'ours', epoch, problem: '', vacant };
}

interface NotedStream {
  readonly name: string;
  readonly created: string;
  readonly epoch: number;
}

/** Writes down which stream is the log's, unless another process has done so meanwhile. */
export async function noteStream(db: Database, stream: NotedStream): Promise<void> {
  await db.insertInto('relay_stream').values(stream).onConflict((conflict) => conflict.doNothing()).execute();
}

/** Writes down that this stream is the log's, in place of the one that was: only for a repair, which leads. */
export async function replaceNotedStream(db: Database, { name, created, epoch }: NotedStream): Promise<void> {
  await db.insertInto('relay_stream').values({ name, created, epoch })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ created, epoch, noted_at: sql`clock_timestamp()` }))
    .execute();
}
