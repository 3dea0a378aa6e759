/**
 * Reading the tail: which events are in the stream without a mark in the log? A relay that was killed between an
 * acknowledgement and its mark leaves some, and so does every publish whose outcome is unknown. From the last message
 * back to the first event that is marked with its own sequence, everything gets its mark. So each event has one copy in
 * the stream, for any outage shorter than the stream's retention.
 */
import { NatsError } from 'nats';
import type { Database } from '@inventory/db/pool.ts';
import type { Published } from './outbox.ts';
import { STREAM } from '@inventory/domain/subjects.ts';
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
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

interface TailMessage {
  readonly sequence: number;
  readonly eventId: string;
}

/**
 * The events between the last marked one and the end of the stream, oldest first: what is to be marked.
 * @throws {StreamConflict} when the stream holds something that the log does not know, or knows elsewhere
 */
export async function readTail(
  { db, streams }: { readonly db: Database; readonly streams: StreamApi },
  { first, last, signal }: { readonly first: number; readonly last: number; readonly signal: AbortSignal },
): Promise<readonly Published[]> {
  const unmarked: Published[] = [];
  const eventIds = new Set<string>();
  let upTo = last;
  for (let page = FIRST_PAGE; upTo >= Math.max(first, 1); page = Math.min(MAX_PAGE, page * PAGE_GROWTH)) {
    signal.throwIfAborted();
    const from = Math.max(first, 1, upTo - page + 1);
    const messages = await readMessages(streams, from, upTo);
    const known = await lookUp(db, messages.map(({ eventId }) => eventId));
    for (const { sequence, eventId } of messages.toReversed()) {
      const event = known.get(eventId);
      if (event === undefined) {
        throw new StreamConflict(
          `message ${sequence} of ${STREAM} is the event ${eventId}, which the log does not know`,
        );
      }
      if (event.published_seq === sequence) return unmarked.toReversed();
      if (event.published_seq !== null) {
        throw new StreamConflict(
          `message ${sequence} of ${STREAM} is the event ${eventId}, which the log has at ${event.published_seq}`,
        );
      }
      if (eventIds.has(eventId)) throw new StreamConflict(`message ${sequence} of ${STREAM} has a second copy behind it`);
      eventIds.add(eventId);
      unmarked.push({ position: event.position, sequence });
    }
    if (unmarked.length > MAX_UNMARKED) {
      throw new StreamConflict(`more than ${MAX_UNMARKED} messages of ${STREAM} are not marked in the log`);
    }
    upTo = from - 1;
  }
  return unmarked.toReversed();
}

/** The messages of a range of sequences, oldest first; missing ones are left out. */
async function readMessages(streams: StreamApi, from: number, upTo: number): Promise<readonly TailMessage[]> {
  const sequences = Array.from({ length: upTo - from + 1 }, (_, i) => from + i);
  const messages = await Promise.all(sequences.map((sequence) => readMessage(streams, sequence)));
  return messages.filter((message) => message !== undefined);
}

async function readMessage(streams: StreamApi, sequence: number): Promise<TailMessage | undefined> {
  try {
    const message = await streams.getMessage(STREAM, { seq: sequence });
    return { sequence, eventId: message.header.get('ce-id') };
  } catch (error) {
    // Expired, or deleted by a person. Any other error says nothing about the message.
    if (error instanceof NatsError && error.api_error?.err_code === NO_MESSAGE) return undefined;
    throw error;
  }
}

async function lookUp(db: Database, ids: readonly string[]) {
  const uuids = ids.filter((id) => UUID.test(id));
  if (uuids.length === 0) return new Map<string, never>();
  const rows = await db
    .selectFrom('events')
    .select(['id', 'position', 'published_seq'])
    .where('id', 'in', uuids)
    .execute();
  return new Map(rows.map((row) => [row.id, row]));
}
