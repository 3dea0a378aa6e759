/**
 * One batch, from the log to the stream. What is fetched is published in slices, and each is marked while the next one
 * is on its way to the broker:
 *
 *   time     ──────────────────────────────────────────────────────────────►
 *   Postgres  settled, fetch │           │  mark 1   │  mark 2   │  mark 3
 *   broker                   │ publish 1 │ publish 2 │ publish 3 │
 *   here         prepare 1   │ prepare 2 │ prepare 3 │           │
 *
 * A term begins by reading the tail of the stream, and does so again whenever it is in doubt:
 *
 *      ┌────────┐ tail marked, lost data refilled ┌───────┐
 *   ──►│ verify ├────────────────────────────────►│ flow  │ one batch after the other
 *      └────────┘                                 └───┬───┘
 *          ▲          any other outcome than          │
 *          └── predicted acknowledgements and a mark ─┘
 *
 * In `flow` the last sequence of the stream is known, and everything up to it is marked. Any other outcome (an
 * acknowledgement that is missing or not the predicted one, a mark without an answer, a reconnect) ends that, and nothing
 * is fetched until `verify` has read the tail: an event that is in the stream but not marked would be fetched, and
 * published a second time.
 */
import { settledPosition } from '@inventory/db/events.ts';
import type { Database } from '@inventory/db/pool.ts';
import { faultPoint } from '@inventory/runtime/fault.ts';
import { makeMessage } from './message.ts';
import type { Message, OutboxRow } from './message.ts';
import { fetchUnpublished, markPublished, mayHaveMore, park } from './outbox.ts';
import type { Parked, Published } from './outbox.ts';
import { PublishInterrupted } from './chain.ts';
import type { PublishOutcome } from './chain.ts';
import { classifyPublishError } from './broker-failures.ts';
import { refill } from './refill.ts';
import { ensureStream, streamDrift } from '../stream/stream.ts';
import type { StreamApi } from '../stream/stream.ts';
import { readTail } from './tail.ts';

// A slow broker answers a few in time. Of many it would answer none in time, and nobody would know which are there.
const MIN_BATCH = 16;
/** Events that are on their way to the broker at once, while those before them are marked. */
const SLICE = 512;

export interface BatchDeps {
  readonly db: Database;
  readonly streams: StreamApi;
  /** publishChained, or a wrapper of it. Never rejects. */
  readonly publish: (messages: readonly Message[], base: number) => Promise<PublishOutcome>;
  /** What the server takes in one message, as it says now. */
  maxPayload(): number;
  readonly term: number;
  readonly batchSize: number;
  readonly replicas: number;
  readonly observe: BatchObserver;
}

/** Told of what happens, for logs and metrics. */
export interface BatchObserver {
  verified(tail: {
    readonly sequence: number;
    readonly marked: number;
    readonly refilled: number;
    readonly drift: readonly string[];
  }): void;
  /** The stream was looked at between two batches. */
  checked(stream: { readonly drift: readonly string[] }): void;
  published(secondsSinceEvent: readonly number[]): void;
  parked(events: readonly Parked[]): void;
  publishFailed(error: unknown): void;
  failed(error: unknown): void;
}

export interface BatchState {
  /** The stream's last sequence with everything up to it marked; undefined while that is not known. */
  tail: number | undefined;
  /** Set from outside when the tail may have changed: after a reconnect. */
  doubtful: boolean;
  settled: number;
  /** Events that the next batch may have: halved when answers are late, doubled up to batchSize after each success. */
  limit: number;
}

/** The broker refuses everything until a person changes its configuration or ours. */
export class Misconfigured extends Error {
  override readonly name = 'Misconfigured';
}

/** The state in which every term begins. */
export function initialState(): BatchState {
  return { tail: undefined, doubtful: false, settled: 0, limit: Infinity };
}

/**
 * One step: reads the tail if it is not known, then publishes and marks one batch. It ends when the last mark is answered.
 * @returns how many events were published, and whether there may be more
 * @throws {PublishInterrupted}, {StreamConflict}, {TermOver}, {Misconfigured}, or what Postgres and NATS throw; after each
 *   of them the next step reads the tail
 */
export async function publishBatch(
  deps: BatchDeps,
  state: BatchState,
  signal: AbortSignal,
): Promise<{ readonly published: number; readonly more: boolean }> {
  const { db, observe } = deps;
  const limit = Math.min(deps.batchSize, state.limit);
  if (state.doubtful) state.tail = undefined;
  state.doubtful = false;
  const base = state.tail ?? await verify(deps, signal);
  // Whatever throws from here on leaves the tail unknown.
  state.tail = undefined;

  state.settled = await settledPosition(db, state.settled);
  const rows = await fetchUnpublished(db, { settled: state.settled, limit });
  const waiting = new Set<string>();
  const prepare = (from: number) => sort(rows.slice(from, from + SLICE), waiting, deps.maxPayload());
  let tail = base;
  let parked = 0;
  let marking: Promise<void> = Promise.resolve();
  let next = prepare(0);
  for (let from = 0; from < rows.length && !state.doubtful; from += SLICE) {
    const { good, unpublishable } = next;
    if (unpublishable.length > 0) {
      await marking;
      await parkAll(deps, unpublishable);
      parked += unpublishable.length;
    }
    if (signal.aborted) break;
    if (good.length === 0) {
      next = prepare(from + SLICE);
      continue;
    }
    faultPoint('relay.fetched');
    const publishing = deps.publish(good.map(({ message }) => message), tail);
    // Meanwhile the broker stores these.
    next = prepare(from + SLICE);
    const { accepted, failure } = await publishing;
    // One mark at a time, in order: what is marked in the log is always the beginning of what is in the stream.
    await marking;
    marking = mark(deps, good.slice(0, accepted), tail);
    // A failure surfaces at the next `await marking`.
    marking.catch(() => undefined);
    tail += accepted;
    if (failure !== undefined) {
      await marking;
      observe.publishFailed(failure);
      const refused = good[accepted];
      const kind = classifyPublishError(failure);
      if (kind === 'unknown') state.limit = Math.max(MIN_BATCH, Math.ceil(Math.min(limit, SLICE) / 2));
      if (kind === 'misconfigured') throw new Misconfigured('the broker takes no event', { cause: failure });
      if (kind === 'too_large' && refused !== undefined) {
        await parkAll(deps, [{ row: refused.row, reason: 'payload too large for the stream (max_msg_size)' }]);
      }
      throw new PublishInterrupted(`published ${accepted} of ${good.length} events`, { cause: failure });
    }
  }
  await marking;
  signal.throwIfAborted();
  state.tail = tail;
  if (tail > base) state.limit = 2 * limit;
  return { published: tail - base, more: parked > 0 || state.doubtful || mayHaveMore(rows, limit) };
}

/**
 * Looks at the stream between two batches, in the middle of a term: is it still ours, has it the end that it must have, and
 * the settings that it was made with? A relay without events to publish would otherwise know none of this.
 * @throws {StreamConflict}, or what Postgres and NATS throw
 */
export async function checkStream({ db, streams, replicas, observe }: BatchDeps, state: BatchState): Promise<void> {
  const info = await ensureStream({ db, streams }, { replicas });
  if (state.tail !== undefined && info.state.last_seq !== state.tail) state.doubtful = true;
  observe.checked({ drift: streamDrift(info, { replicas }) });
}

/** Marks the messages behind sequence `base`. */
async function mark({ db, term, observe }: BatchDeps, accepted: readonly { readonly row: OutboxRow }[], base: number) {
  if (accepted.length === 0) return;
  faultPoint('relay.acknowledged');
  const published = accepted.map(({ row }, i): Published => ({ position: row.position, sequence: base + i + 1 }));
  observe.published(await markPublished(db, term, published));
  faultPoint('relay.marked');
}

async function parkAll({ db, term, observe }: BatchDeps, events: readonly Parked[]): Promise<void> {
  await park(db, term, events);
  observe.parked(events);
}

/** Marks what is in the stream without a mark, and puts back what the stream has lost. @returns its last sequence */
export async function verify(deps: BatchDeps, signal: AbortSignal): Promise<number> {
  const { db, streams, term, replicas, observe } = deps;
  const info = await ensureStream(deps, { replicas });
  const { first_seq: first, last_seq: last } = info.state;
  const unmarked = await readTail({ db, streams }, { first, last, signal });
  for (let i = 0; i < unmarked.length; i += deps.batchSize) {
    observe.published(await markPublished(db, term, unmarked.slice(i, i + deps.batchSize)));
  }
  const sequence = await refill(deps, last, signal);
  observe.verified({
    sequence,
    marked: unmarked.length,
    refilled: sequence - last,
    drift: streamDrift(info, { replicas }),
  });
  return sequence;
}

/**
 * Sorts events into those that can be published and those that cannot. Events that come behind one of the latter in their
 * stream are left out; `waiting` remembers these streams for the rest of the batch.
 */
function sort(rows: readonly OutboxRow[], waiting: Set<string>, maxPayload: number) {
  const good: { readonly row: OutboxRow; readonly message: Message }[] = [];
  const unpublishable: Parked[] = [];
  for (const row of rows) {
    if (waiting.has(row.stream_id)) continue;
    const made = makeMessage(row, { maxPayload });
    if ('message' in made) {
      good.push({ row, message: made.message });
    } else {
      unpublishable.push({ row, reason: made.unpublishable });
      waiting.add(row.stream_id);
    }
  }
  return { good, unpublishable };
}
