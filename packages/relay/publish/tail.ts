/**
 * Reading the tail: which messages are in the stream that no run places there? A relay that was killed between an
 * acknowledgement and its mark leaves some, a crash of Postgres may forget the newest marks, and so may a promotion. From the
 * last message back to the first one that a run places at its very sequence, everything gets its mark. So each event has one
 * copy in the stream, for any outage shorter than the stream's retention.
 *
 * Strangers may publish into the stream, too. A message that bears no id of ours is nobody's business, and so is a copy of one
 * of ours: it is stepped over and counted. Only an id of ours that the log does not know stops the relay.
 */
import { NatsError } from 'nats';
import type { StoredMsg } from 'nats';
import { sql } from 'kysely';
import type { Database } from '@inventory/db/pool.ts';
import { FILLER_SUBJECT, STREAM } from '@inventory/domain/subjects.ts';
import { claimOf } from '../stream/claim.ts';
import type { Claim } from '../stream/claim.ts';
import { StreamConflict } from '../stream/stream.ts';
import type { StreamApi } from '../stream/stream.ts';

const NO_MESSAGE = 10037;
// Usually the last message is enough. After a kill a few are unmarked, after an outage thousands, so the pages grow
// [256 messages take a relay that has just begun to lead 75 ms].
const FIRST_PAGE = 1;
const PAGE_GROWTH = 4;
const MAX_PAGE = 256;
// More than any outage leaves; `relay reconcile` is for what is further apart.
const MAX_UNMARKED = 1_000_000;

/** A message whose event has its mark still to come. */
export interface Found {
  readonly position: number;
  readonly sequence: number;
  readonly repair: boolean;
  /** The event's time; Postgres knows instants that a Date cannot hold. */
  readonly timestamp: Date;
  /** Where a run has had it: it was published again. */
  readonly placed: number | null;
}

/** A message that is nobody's business. */
export interface Foreign {
  readonly sequence: number;
  readonly subject: string;
}

interface Tail {
  /** Oldest first. */
  readonly found: readonly Found[];
  readonly foreign: readonly Foreign[];
  /** Up to this sequence stream and runs agree. */
  readonly agreed: number;
}

interface KnownRow { readonly sequence: number; readonly position: number; readonly timestamp: Date; readonly placed: number | null }

/**
 * What lies between the last message that a run places where it is, and the end of the stream.
 * @throws {StreamConflict} when the stream holds an event of ours that the log does not know
 */
export async function readTail(
  { db, streams }: { readonly db: Database; readonly streams: StreamApi },
  { stream, first, last, signal }: {
    readonly stream: string; readonly first: number; readonly last: number; readonly signal: AbortSignal;
  },
): Promise<Tail> {
  const found: Found[] = [];
  const foreign: Foreign[] = [];
  const begin = Math.max(first, 1);
  let upTo = last;
  for (let page = FIRST_PAGE; upTo >= begin; page = Math.min(MAX_PAGE, page * PAGE_GROWTH)) {
    signal.throwIfAborted();
    const from = Math.max(begin, upTo - page + 1);
    const messages = await readMessages(streams, from, upTo);
    const claims = messages.flatMap((message) => claimOf(message.seq, message.header) ?? []);
    const known = await lookUp(db, stream, claims);
    const claimed = new Map(claims.map((claim) => [claim.sequence, claim]));
    for (const { seq: sequence, subject } of messages.toReversed()) {
      const claim = claimed.get(sequence);
      if (claim === undefined) {
        if (subject !== FILLER_SUBJECT) foreign.push({ sequence, subject });
        continue;
      }
      const event = known.get(sequence);
      if (event === undefined) {
        throw new StreamConflict(`message ${sequence} of ${STREAM} is the event ${claim.id}, which the log does not know`);
      }
      if (event.placed === sequence) return tailOf(found, foreign, sequence);
      if (event.placed !== null && !claim.repair) foreign.push({ sequence, subject });
      else found.push({ ...event, repair: claim.repair });
    }
    if (found.length > MAX_UNMARKED) {
      throw new StreamConflict(`more than ${MAX_UNMARKED} messages of ${STREAM} are not marked in the log`);
    }
    upTo = from - 1;
  }
  return tailOf(found, foreign, begin - 1);
}

/** Of two copies of an event the first one is ours: another could only follow it. */
function tailOf(backwards: readonly Found[], foreign: Foreign[], agreed: number): Tail {
  const positions = new Set<number>();
  const found = backwards.toReversed().filter(({ position, sequence }) => {
    if (positions.has(position)) {
      foreign.push({ sequence, subject: 'a copy' });
      return false;
    }
    positions.add(position);
    return true;
  });
  return { found, foreign, agreed };
}

/** The messages of a range of sequences, oldest first; missing ones are left out. */
async function readMessages(streams: StreamApi, from: number, upTo: number): Promise<readonly StoredMsg[]> {
  const sequences = Array.from({ length: upTo - from + 1 }, (_, i) => from + i);
  const messages = await Promise.all(sequences.map((sequence) => readMessage(streams, sequence)));
  return messages.filter((message) => message !== undefined);
}

async function readMessage(streams: StreamApi, sequence: number): Promise<StoredMsg | undefined> {
  try {
    return await streams.getMessage(STREAM, { seq: sequence });
  } catch (error) {
    // Expired, or deleted by a person. Any other error says nothing about the message.
    if (error instanceof NatsError && error.api_error?.err_code === NO_MESSAGE) return undefined;
    throw error;
  }
}

/** What the log has of these, by the sequence of the message, and where its runs place them. By position, comparing ids. */
async function lookUp(db: Database, stream: string, claims: readonly Claim[]): Promise<ReadonlyMap<number, KnownRow>> {
  if (claims.length === 0) return new Map();
  const { rows } = await sql<KnownRow>`
    SELECT m.sequence, e.position, e.timestamp,
      run.first_sequence + (SELECT count(*) FROM events b WHERE b.position >= run.first_position AND b.position < e.position) AS placed
    FROM unnest(${claims.map(({ sequence }) => sequence)}::bigint[], ${claims.map(({ position }) => position)}::bigint[],
      ${claims.map(({ id }) => id)}::uuid[]) AS m (sequence, position, id)
    JOIN events e ON e.position = m.position AND e.id = m.id
    LEFT JOIN LATERAL (
      SELECT r.first_sequence, r.first_position FROM published_runs r
      WHERE r.stream = ${stream} AND r.last_position >= e.position ORDER BY r.last_position LIMIT 1
    ) run ON run.first_position <= e.position`.execute(db);
  return new Map(rows.map((row) => [row.sequence, row]));
}
