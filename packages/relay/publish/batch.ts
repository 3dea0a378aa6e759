/**
 * One batch, from the log to the stream. What is fetched is published in slices, and each is marked while the next one
 * is on its way to the broker:
 *
 *   time     ──────────────────────────────────────────────────────────────►
 *   Postgres  settled, fetch │           │  mark 1   │  mark 2   │  mark 3
 *   broker                   │ publish 1 │ publish 2 │ publish 3 │
 *   here         prepare 1   │ prepare 2 │ prepare 3 │           │
 *
 * A term begins by reading the tail of the stream (verify.ts), and does so again whenever it is in doubt:
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
import { newestPosition, settledLog } from '@inventory/db/events.ts';
import { isStatementTimeout } from '@inventory/db/sqlstate.ts';
import { faultPoint } from '@inventory/runtime/fault.ts';
import { makeMessage, REPAIR } from './message.ts';
import type { Message, OutboxRow } from './message.ts';
import { park } from './left-behind.ts';
import type { Parked } from './left-behind.ts';
import { fetchNext } from './outbox.ts';
import type { Next, NextRow } from './outbox.ts';
import { advance, markPublished } from './runs.ts';
import type { Published, Standing } from './runs.ts';
import { PublishInterrupted } from './chain.ts';
import { classifyPublishError } from './broker-failures.ts';
import { ensureStream, streamDrift } from '../stream/stream.ts';
import type { BatchDeps } from './deps.ts';
import { verify } from './verify.ts';
import type { Verified } from './verify.ts';

// A slow broker answers a few in time. Of many it would answer none in time, and nobody would know which are there.
const MIN_BATCH = 16;
/** Events that are on their way to the broker at once, while those before them are marked. */
const SLICE = 512;

/** Of a log that lies idle the newest position is all that is read, but for a whole look each second. */
const WHOLE_LOOK_MS = 1_000;

export interface BatchState {
  /** Where log and stream agree; undefined while that is not known. */
  at: Verified | undefined;
  /**
   * The newest position that was drawn before a look that left nothing to publish and found nothing in flight. Whatever comes
   * draws one beyond it: an event, and a decision about a parked one, too.
   */
  exhausted: { readonly drawn: number; readonly atMs: number } | undefined;
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
  return { at: undefined, exhausted: undefined, doubtful: false, settled: 0, limit: Infinity };
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
  if (state.doubtful) state.at = undefined;
  state.doubtful = false;
  // What is missing from the stream draws no position.
  if (state.at === undefined) state.exhausted = undefined;
  const begin = state.at ?? await verify(deps, signal);
  // Whatever throws from here on leaves it unknown.
  state.at = undefined;

  const drawn = await newestPosition(db);
  if (isExhausted(state, drawn)) {
    state.at = begin;
    return { published: 0, more: false };
  }
  state.exhausted = undefined;
  const { settled, whole } = await settledLog(db, drawn);
  state.settled = Math.max(state.settled, settled);
  const next = await fetchSome(deps, state, begin, limit);
  const { rows } = next;
  const waiting = new Set<string>();
  const prepare = (from: number) => sort(next, rows.slice(from, from + SLICE), waiting, { maxPayload: deps.maxPayload(), epoch: begin.epoch });
  let standing: Standing = { ...begin, passed: new Set([...begin.passed, ...next.passed]) };
  let tail = begin.tail;
  let parked = 0;
  let marking: Promise<void> = Promise.resolve();
  let slice = prepare(0);
  for (let from = 0; from < rows.length && !state.doubtful; from += SLICE) {
    const { good, unpublishable, behind } = slice;
    if (unpublishable.length + behind.length > 0) {
      await marking;
      standing = await parkAll(deps, standing, { events: unpublishable, waiting: behind });
      parked += unpublishable.length;
    }
    if (signal.aborted) break;
    if (good.length === 0) {
      slice = prepare(from + SLICE);
      continue;
    }
    faultPoint('relay.fetched');
    const publishing = deps.publish(good.map(({ message }) => message), tail);
    // Meanwhile the broker stores these.
    slice = prepare(from + SLICE);
    const { accepted, failure } = await publishing;
    // One mark at a time, in order: what is marked in the log is always the beginning of what is in the stream.
    await marking;
    const done = good.slice(0, accepted).map(({ row }) => row);
    marking = mark(deps, standing, { rows: done, base: tail, repair: next.repair });
    // A failure surfaces at the next `await marking`.
    marking.catch(() => undefined);
    standing = advance(standing, done);
    tail += accepted;
    if (failure !== undefined) {
      await marking;
      observe.publishFailed(failure);
      const refused = good[accepted];
      const kind = classifyPublishError(failure);
      if (kind === 'unknown') state.limit = Math.max(MIN_BATCH, Math.ceil(Math.min(limit, SLICE) / 2));
      if (kind === 'misconfigured') throw new Misconfigured('the broker takes no event', { cause: failure });
      if (kind === 'too_large' && refused !== undefined) {
        const reason = 'payload too large for the stream (max_msg_size)';
        await parkAll(deps, standing, { events: [{ row: refused.row, reason }], waiting: [] });
      }
      throw new PublishInterrupted(`published ${accepted} of ${good.length} events`, { cause: failure });
    }
  }
  await marking;
  signal.throwIfAborted();
  state.at = { ...standing, tail };
  if (tail > begin.tail) state.limit = 2 * limit;
  const more = parked > 0 || state.doubtful || next.more;
  if (whole && !more && next.last) state.exhausted = { drawn, atMs: performance.now() };
  return { published: tail - begin.tail, more };
}

function isExhausted({ exhausted }: BatchState, drawn: number): boolean {
  return exhausted?.drawn === drawn && performance.now() - exhausted.atMs < WHOLE_LOOK_MS;
}

/** A statement that takes more than its time asks for less the next time. */
async function fetchSome({ db, lead }: BatchDeps, state: BatchState, { frontier }: Standing, limit: number): Promise<Next> {
  try {
    return await fetchNext(db, lead, { frontier, settled: state.settled, limit });
  } catch (error) {
    if (isStatementTimeout(error)) state.limit = Math.max(MIN_BATCH, Math.ceil(limit / 2));
    throw error;
  }
}

/**
 * Looks at the stream between two batches, in the middle of a term: is it still ours, has it the end that it must have, and
 * the settings that it was made with? A relay without events to publish would otherwise know none of this.
 * @throws {StreamConflict}, or what Postgres and NATS throw
 */
export async function checkStream(deps: BatchDeps, state: BatchState): Promise<void> {
  const { info } = await ensureStream(deps, { replicas: deps.replicas });
  if (state.at !== undefined && info.state.last_seq !== state.at.tail) state.doubtful = true;
  deps.observe.checked({ drift: streamDrift(info, { replicas: deps.replicas }) });
}

/** Marks the messages behind sequence `base`. */
async function mark(
  { db, lead, observe }: BatchDeps, standing: Standing,
  { rows, base, repair }: { readonly rows: readonly NextRow[]; readonly base: number; readonly repair: boolean },
) {
  if (rows.length === 0) return;
  faultPoint('relay.acknowledged');
  const published = rows.map(({ position, listed }, i): Published => ({ position, listed, repair, sequence: base + i + 1 }));
  const now = await markPublished(db, lead, standing, published);
  observe.published(rows.map(({ timestamp }) => (now - timestamp.getTime()) / 1000));
  faultPoint('relay.marked');
}

/** @returns the standing with what is passed over from now on */
async function parkAll(
  { db, lead, observe }: BatchDeps, standing: Standing,
  { events, waiting }: { readonly events: readonly Parked[]; readonly waiting: readonly OutboxRow[] },
): Promise<Standing> {
  await park(db, lead, { events, waiting });
  if (events.length > 0) observe.parked(events);
  const passed = [...events.map(({ row }) => row), ...waiting].map(({ position }) => position);
  return { ...standing, passed: new Set([...standing.passed, ...passed.filter((position) => position > standing.frontier)]) };
}

/**
 * Sorts events into those that can be published, those that cannot, and those that come behind one of the latter in their
 * stream; `waiting` remembers these streams for the rest of the batch.
 */
function sort(
  { repair }: Next, rows: readonly NextRow[], waiting: Set<string>, made: { readonly maxPayload: number; readonly epoch: number },
) {
  const good: { readonly row: NextRow; readonly message: Message }[] = [];
  const unpublishable: Parked[] = [];
  const behind: OutboxRow[] = [];
  for (const row of rows) {
    if (waiting.has(row.stream_id)) {
      behind.push(row);
      continue;
    }
    const result = makeMessage(row, { ...made, marks: repair ? [REPAIR] : [] });
    if ('message' in result) {
      good.push({ row, message: result.message });
    } else {
      unpublishable.push({ row, reason: result.unpublishable });
      waiting.add(row.stream_id);
    }
  }
  return { good, unpublishable, behind };
}
