/**
 * Compares every event that a run places in the stream with every message of the stream, by sequence and in pages, so memory
 * does not grow with either. It finds:
 *
 *   missing   events that were published and are not in the stream, although it should still hold them
 *   unknown   messages of ours whose event the log does not know: the log has gone back in time
 *   copy      messages whose event a run places at another sequence
 *   unmarked  messages whose event no run places yet: a running relay marks it by itself
 *   foreign   messages that bear no id of ours: somebody else publishes into the stream
 */
import { sql } from 'kysely';
import type { NatsConnection, StreamInfo } from 'nats';
import type { Database } from '@inventory/db/pool.ts';
import { FILLER_SUBJECT } from '@inventory/domain/subjects.ts';
import { placedAbove } from '../publish/runs.ts';
import { readIds } from '../stream/ids.ts';
import type { MessageId } from '../stream/ids.ts';

interface MissingEvent {
  readonly kind: 'missing';
  readonly event_id: string;
  readonly event_type: string;
  readonly store_id: string;
  readonly position: number;
  /** Where it was; null for one that is listed as missing already. */
  readonly sequence: number | null;
}

interface StrangeMessage {
  readonly kind: 'unknown' | 'copy' | 'unmarked' | 'foreign';
  readonly sequence: number;
  readonly subject: string;
  /** Empty for a message that bears no id of ours. */
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

interface PlacedRow {
  readonly id: string;
  readonly event_type: string;
  readonly store_id: string;
  readonly position: number;
  readonly sequence: number;
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
  const { last_seq: last } = info.state;
  yield await listedAsMissing(db);
  const stream = String(info.created);
  const horizon = await expiryHorizon(db, info.config.max_age);
  const stretch = { stream, horizon };
  let end = await firstYoung(db, stream, horizon) ?? last;
  for await (const page of readIds(deps.nats, { last, signal: deps.signal })) {
    const upTo = page.at(-1)?.sequence ?? end;
    yield* comparePage(db, page, { ...stretch, after: end, upTo });
    end = Math.max(end, upTo);
  }
  yield* comparePage(db, [], { ...stretch, after: end, upTo: last });
}

/** The sequence before the first one whose message may be looked for. */
async function firstYoung(db: Database, stream: string, horizon: Date | null): Promise<number | undefined> {
  const { rows: [row] } = await sql<{ first: number | null }>`
    SELECT min(first_sequence) AS first FROM published_runs
    WHERE stream = ${stream} AND (${horizon}::timestamptz IS NULL OR last_at > ${horizon}::timestamptz)`.execute(db);
  return row?.first == null ? undefined : row.first - 1;
}

interface Stretch { readonly stream: string; readonly after: number; readonly upTo: number; readonly horizon: Date | null }

async function* comparePage(
  db: Database,
  page: readonly MessageId[],
  { stream, after, upTo, horizon }: Stretch,
): AsyncGenerator<readonly Finding[]> {
  const unmatched = new Map(page.map((message) => [message.sequence, message]));
  for (let cursor = after; cursor < upTo;) {
    // Those that are too old are not looked for, but matched: a stream may keep its messages for longer than it must.
    const { rows } = await sql<PlacedRow & { readonly young: boolean }>`
      SELECT e.id, e.event_type, e.store_id, e.position, placed.sequence,
        ${horizon}::timestamptz IS NULL OR placed.last_at > ${horizon}::timestamptz AS young
      FROM (
        SELECT * FROM (${placedAbove(stream, cursor, PAGE)}) every
        WHERE sequence > ${cursor} AND sequence <= ${upTo} ORDER BY sequence LIMIT ${PAGE}
      ) placed CROSS JOIN LATERAL (SELECT * FROM events e WHERE e.position = placed.position LIMIT 1) e
      ORDER BY placed.sequence`.execute(db);
    yield rows.flatMap(({ young, ...row }): readonly Finding[] => {
      const there = unmatched.get(row.sequence)?.claim?.id === row.id;
      if (there) unmatched.delete(row.sequence);
      return there || !young ? [] : [missing(row)];
    });
    cursor = rows.length === PAGE ? rows.at(-1)?.sequence ?? upTo : upTo;
  }
  yield await strangeAmong(db, stream, [...unmatched.values()]);
}

/** Those of the messages whose event no run places at their sequence. */
export async function strangeAmong(
  db: Database, stream: string, messages: readonly MessageId[],
): Promise<readonly StrangeMessage[]> {
  const claims = messages.flatMap(({ claim }) => claim ?? []);
  const { rows } = claims.length === 0 ? { rows: [] } : await sql<{ sequence: number; placed: number | null }>`
    SELECT m.sequence,
      run.first_sequence + (SELECT count(*) FROM events b WHERE b.position >= run.first_position AND b.position < e.position) AS placed
    FROM unnest(${claims.map(({ sequence }) => sequence)}::bigint[], ${claims.map(({ position }) => position)}::bigint[],
      ${claims.map(({ id }) => id)}::uuid[]) AS m (sequence, position, id)
    JOIN events e ON e.position = m.position AND e.id = m.id
    LEFT JOIN LATERAL (
      SELECT r.first_sequence, r.first_position FROM published_runs r
      WHERE r.stream = ${stream} AND r.last_position >= e.position ORDER BY r.last_position LIMIT 1
    ) run ON run.first_position <= e.position`.execute(db);
  const known = new Map(rows.map((row) => [row.sequence, row.placed]));
  return messages.flatMap(({ sequence, subject, claim }): readonly StrangeMessage[] => {
    if (claim === undefined) return subject === FILLER_SUBJECT ? [] : [{ kind: 'foreign', sequence, subject, event_id: '' }];
    const placed = known.get(sequence);
    if (placed === sequence) return [];
    const kind = placed === undefined ? 'unknown' : placed === null ? 'unmarked' : 'copy';
    return [{ kind, sequence, subject, event_id: claim.id }];
  });
}

/** Events that are listed as missing: a repair, or a relay, is about to publish them again. */
async function listedAsMissing(db: Database): Promise<readonly MissingEvent[]> {
  const rows = await db.selectFrom('relay_left_behind as l').innerJoin('events as e', 'e.position', 'l.position')
    .select(['e.id', 'e.event_type', 'e.store_id', 'e.position']).where('l.why', '=', 'missing').orderBy('e.position').execute();
  return rows.map((row) => ({ ...missing({ ...row, sequence: 0 }), sequence: null }));
}

function missing({ id, event_type, store_id, position, sequence }: PlacedRow): MissingEvent {
  return { kind: 'missing', event_id: id, event_type, store_id, position, sequence };
}
