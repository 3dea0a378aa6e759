/**
 * The relay of one term, from the log to the stream:
 *
 *      ┌────────┐ tail marked, lost data refilled ┌───────┐
 *   ──►│ verify ├────────────────────────────────►│ flow  │ fetch → publish → mark, and again
 *      └────────┘                                 └───┬───┘
 *          ▲          any other outcome than          │
 *          └── predicted acknowledgements and a mark ─┘
 *
 * In `flow` the last sequence of the stream is known, and everything up to it is marked. Whatever ends otherwise than
 * well (an acknowledgement that is missing or not the predicted one, a mark without an answer, a reconnect) takes that
 * knowledge away, and nothing is fetched until `verify` has it again: an event that is in the stream but not marked
 * would be fetched and published a second time.
 */
import { settledPosition } from '@inventory/db/events.ts';
import type { Database } from '@inventory/db/pool.ts';
import { faultPoint } from '@inventory/runtime/fault.ts';
import { makeMessage } from './message.ts';
import type { Message, OutboxRow } from './message.ts';
import { fetchUnpublished, markPublished, mayHaveMore, park } from './outbox.ts';
import type { Poison, Published } from './outbox.ts';
import { PublishInterrupted } from './chain.ts';
import type { PublishOutcome } from './chain.ts';
import { classifyPublishError } from './broker-failures.ts';
import { refill } from './refill.ts';
import { ensureStream, streamDrift } from '../stream/stream.ts';
import type { StreamApi } from '../stream/stream.ts';
import { readTail } from './tail.ts';

// A broker that is slow answers a few in time, where many would all be too late for it to be known which are there.
const MIN_BATCH = 16;
/** So many of a batch are on their way to the broker at once, while those before them are marked. */
const SLICE = 512;

export interface RelayDeps {
  readonly db: Database;
  readonly streams: StreamApi;
  /** publishChained, or what wraps it. Never rejects. */
  readonly publish: (messages: readonly Message[], base: number) => Promise<PublishOutcome>;
  /** What the server takes in one message, as it says now. */
  maxPayload(): number;
  readonly term: number;
  readonly batchSize: number;
  readonly replicas: number;
  readonly observe: RelayObserver;
}

/** Told of what happens, for logs and metrics. */
export interface RelayObserver {
  verified(tail: {
    readonly sequence: number;
    readonly marked: number;
    readonly refilled: number;
    readonly drift: readonly string[];
  }): void;
  published(secondsSinceEvent: readonly number[]): void;
  parked(poison: readonly Poison[]): void;
  publishFailed(error: unknown): void;
  failed(error: unknown): void;
}

export interface RelayState {
  /** The stream's last sequence with everything up to it marked; undefined while that is not known. */
  tail: number | undefined;
  /** Set from outside when the tail may have changed under us: after a reconnect. */
  doubtful: boolean;
  settled: number;
  /** How many events the next batch may have: halved while answers do not come in time, up to batchSize again after. */
  limit: number;
}

/** The broker refuses everything until somebody changes its configuration or ours. */
export class Misconfigured extends Error {
  override readonly name = 'Misconfigured';
}

/** The state in which every term begins. */
export function initialState(): RelayState {
  return { tail: undefined, doubtful: false, settled: 0, limit: Infinity };
}

/**
 * One step: reads the tail if it is not known, then publishes and marks one batch, part after part: one is marked while
 * the next goes out. Nothing is fetched before the last mark was answered.
 * @returns how many events were published, and whether there may be more
 * @throws {PublishInterrupted}, {StreamConflict}, {TermOver}, or what Postgres and NATS throw; the next step verifies
 */
export async function relayBatch(
  deps: RelayDeps,
  state: RelayState,
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
  let aside = 0;
  let marking: Promise<void> = Promise.resolve();
  let next = prepare(0);
  for (let from = 0; from < rows.length && !state.doubtful; from += SLICE) {
    const { good, poison } = next;
    if (poison.length > 0) {
      await marking;
      await setAside(deps, poison);
      aside += poison.length;
    }
    if (signal.aborted) break;
    if (good.length === 0) {
      next = prepare(from + SLICE);
      continue;
    }
    faultPoint('relay.fetched');
    const publishing = deps.publish(good.map(({ message }) => message), tail);
    // While the broker stores these.
    next = prepare(from + SLICE);
    const { accepted, failure } = await publishing;
    // One mark at a time and in order: what is marked in the log is the beginning of what is in the stream.
    await marking;
    marking = mark(deps, good.slice(0, accepted), tail);
    // Whoever waits for it hears of its failure.
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
        await setAside(deps, [{ row: refused.row, reason: 'payload too large for the stream (max_msg_size)' }]);
      }
      throw new PublishInterrupted(`published ${accepted} of ${good.length} events`, { cause: failure });
    }
  }
  await marking;
  signal.throwIfAborted();
  state.tail = tail;
  if (tail > base) state.limit = 2 * limit;
  return { published: tail - base, more: aside > 0 || state.doubtful || mayHaveMore(rows, limit) };
}

/** Marks the messages behind sequence `base`. */
async function mark({ db, term, observe }: RelayDeps, accepted: readonly { readonly row: OutboxRow }[], base: number) {
  if (accepted.length === 0) return;
  faultPoint('relay.acknowledged');
  const published = accepted.map(({ row }, i): Published => ({ position: row.position, sequence: base + i + 1 }));
  observe.published(await markPublished(db, term, published));
  faultPoint('relay.marked');
}

async function setAside({ db, term, observe }: RelayDeps, poison: readonly Poison[]): Promise<void> {
  await park(db, term, poison);
  observe.parked(poison);
}

/** Marks what is in the stream and not yet marked, puts back what it lost. @returns the stream's last sequence */
export async function verify(deps: RelayDeps, signal: AbortSignal): Promise<number> {
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
 * Parts some of a batch into what can be published and what cannot, and leaves out what comes behind that in its stream:
 * `waiting` keeps these streams for the rest of the batch.
 */
function sort(rows: readonly OutboxRow[], waiting: Set<string>, maxPayload: number) {
  const good: { readonly row: OutboxRow; readonly message: Message }[] = [];
  const poison: Poison[] = [];
  for (const row of rows) {
    if (waiting.has(row.stream_id)) continue;
    const made = makeMessage(row, { maxPayload });
    if ('message' in made) {
      good.push({ row, message: made.message });
    } else {
      poison.push({ row, reason: made.poison });
      waiting.add(row.stream_id);
    }
  }
  return { good, poison };
}
