/**
 * Compares every event that is marked as published with every message of the stream, by sequence and in pages, so memory
 * does not grow with either. It finds:
 *
 *   missing   events that are marked and not in the stream, although it should still hold them
 *   unknown   messages whose event the log does not know: the stream is another log's, or the log has gone back in time
 *   copy      messages whose event is marked at another sequence
 *   unmarked  messages whose event has no mark yet: a running relay marks it by itself
 */
import { sql } from 'kysely';
import type { NatsConnection, StreamInfo } from 'nats';
import type { Database } from '@inventory/db/pool.ts';
import { readIds } from '../stream/ids.ts';
import type { MessageId } from '../stream/ids.ts';

export interface MissingEvent {
  readonly kind: 'missing';
  readonly event_id: string;
  readonly event_type: string;
  readonly store_id: string;
  readonly position: number;
  /** Where it was; null when a repair has cleared that and not published it again. */
  readonly sequence: number | null;
}

interface StrangeMessage {
  readonly kind: 'unknown' | 'copy' | 'unmarked';
  readonly sequence: number;
  readonly subject: string;
  readonly event_id: string;
}

export type Finding = MissingEvent | StrangeMessage;

interface CompareDeps {
  readonly db: Database;
  readonly nats: NatsConnection;
  readonly signal: AbortSignal;
}

const PAGE = 1000;
// A message that is this close to the stream's max age may expire while it is looked for.
const MAX_MARGIN_SECONDS = 3600;
const NANOS = 1_000_000_000;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

interface MarkedRow {
  readonly id: string;
  readonly event_type: string;
  readonly store_id: string;
  readonly position: number;
  readonly published_seq: number | null;
}

/** Messages from before this instant of the database's clock may have expired; null when the stream keeps everything. */
async function expiryHorizon(db: Database, maxAgeNanos: number): Promise<Date | null> {
  if (maxAgeNanos === 0) return null;
  const maxAge = maxAgeNanos / NANOS;
  const { rows: [row] } = await sql<{ horizon: Date }>`
    SELECT clock_timestamp() - make_interval(secs => ${maxAge - Math.min(MAX_MARGIN_SECONDS, maxAge / 10)}) AS horizon
    `.execute(db);
  return row?.horizon ?? null;
}

/** All findings up to the stream's last sequence in `info`, page by page; most pages are empty. */
export async function* compare(deps: CompareDeps, info: StreamInfo): AsyncGenerator<readonly Finding[]> {
  const { db } = deps;
  const { first_seq: first, last_seq: last } = info.state;
  const horizon = await expiryHorizon(db, info.config.max_age);
  for await (const rows of markedBelow(db, first, horizon)) yield rows.map(missing);
  let end = first - 1;
  for await (const page of readIds(deps.nats, { last, signal: deps.signal })) {
    const upTo = page.at(-1)?.sequence ?? end;
    yield* comparePage(db, page, { after: end, upTo, horizon });
    end = upTo;
  }
  yield* comparePage(db, [], { after: end, upTo: last, horizon });
  for await (const rows of clearedRows(db, horizon)) yield rows.map(missing);
}

interface Stretch { readonly after: number; readonly upTo: number; readonly horizon: Date | null }

async function* comparePage(
  db: Database,
  page: readonly MessageId[],
  { after, upTo, horizon }: Stretch,
): AsyncGenerator<readonly Finding[]> {
  const unmatched = new Map(page.map((message) => [message.sequence, message]));
  for (let cursor = after, full = true; full && cursor < upTo;) {
    const rows = await db.selectFrom('events')
      .select(['id', 'event_type', 'store_id', 'position', 'published_seq'])
      .where('published_seq', '>', cursor).where('published_seq', '<=', upTo)
      .$if(horizon !== null, (query) => query.where('published_at', '>', horizon))
      .orderBy('published_seq').limit(PAGE).execute();
    yield rows.filter(({ id, published_seq: sequence }) => {
      const there = sequence !== null && unmatched.get(sequence)?.id === id;
      if (there) unmatched.delete(sequence);
      return !there;
    }).map(missing);
    full = rows.length === PAGE;
    cursor = rows.at(-1)?.published_seq ?? upTo;
  }
  yield await strangeAmong(db, [...unmatched.values()]);
}

/** Those of the messages whose event is not marked at their sequence. */
export async function strangeAmong(db: Database, messages: readonly MessageId[]): Promise<readonly StrangeMessage[]> {
  const ids = messages.map(({ id }) => id).filter((id) => UUID.test(id));
  const rows = ids.length === 0 ? [] : await db.selectFrom('events').select(['id', 'published_seq'])
    .where(sql<boolean>`id = ANY (${ids}::uuid[])`).execute();
  const known = new Map(rows.map((row) => [row.id, row.published_seq]));
  return messages.flatMap(({ sequence, subject, id }): readonly StrangeMessage[] => {
    const marked = known.get(id);
    if (marked === sequence) return [];
    const kind = marked === undefined ? 'unknown' : marked === null ? 'unmarked' : 'copy';
    return [{ kind, sequence, subject, event_id: id }];
  });
}

/** Events that are marked below the stream's first message and too young to have expired, the youngest first. */
async function* markedBelow(
  db: Database,
  first: number,
  horizon: Date | null,
): AsyncGenerator<readonly MarkedRow[]> {
  for (let cursor = first; cursor > 1;) {
    const rows = await db.selectFrom('events')
      .select(['id', 'event_type', 'store_id', 'position', 'published_seq', 'published_at'])
      .where('published_seq', '<', cursor).orderBy('published_seq', 'desc').limit(PAGE).execute();
    const young = rows.filter(({ published_at: at }) => horizon === null || (at !== null && at > horizon));
    yield young;
    if (young.length < PAGE) return;
    cursor = rows.at(-1)?.published_seq ?? 1;
  }
}

/** Events whose sequence a repair has cleared, and which it has not published again: it was killed in between. */
async function* clearedRows(db: Database, horizon: Date | null): AsyncGenerator<readonly MarkedRow[]> {
  for (let cursor = 0, full = true; full;) {
    const rows = await db.selectFrom('events')
      .select(['id', 'event_type', 'store_id', 'position', 'published_seq'])
      .where('position', '>', cursor).where('processed', '=', true).where('published_seq', 'is', null)
      .$if(horizon !== null, (query) => query.where('timestamp', '>', horizon))
      .orderBy('position').limit(PAGE).execute();
    yield rows;
    full = rows.length === PAGE;
    cursor = rows.at(-1)?.position ?? cursor;
  }
}

function missing({ id, event_type, store_id, position, published_seq: sequence }: MarkedRow): MissingEvent {
  return { kind: 'missing', event_id: id, event_type, store_id, position, sequence };
}
