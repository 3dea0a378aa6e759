/**
 * Publishes a range of the log again, to a stream of its own that consumers with side effects do not hear. The n-th event
 * of the range is message n of the stream, chained as the relay's messages are. So the stream's last sequence is the
 * checkpoint: after Ctrl-C or kill -9 a replay goes on behind it, and the broker refuses a second process that publishes
 * the same replay.
 *
 * The digest is a SHA-256 over the ids of all events, in order, one line each. It is computed from the log on every run,
 * whichever run has published an event, so an interrupted and an uninterrupted replay of a range have the same digest.
 */
import { createHash } from 'node:crypto';
import { AckPolicy, DeliverPolicy, DiscardPolicy, RetentionPolicy, StorageType, nanos } from 'nats';
import type { JetStreamManager, NatsConnection } from 'nats';
import type { ReplayJob } from '@inventory/db/operating/replays.ts';
import type { Database } from '@inventory/db/pool.ts';
import { replayStream, replaySubjectOf, replaySubjects, unpublishableSubjectOf } from '@inventory/domain/subjects.ts';
import { backoffMs, sleep } from '@inventory/runtime/sleep.ts';
import { makeMessage } from '../publish/message.ts';
import type { Header, Message, OutboxRow } from '../publish/message.ts';
import { fetchRange } from '../publish/outbox.ts';
import { publishChained, publisherTo } from '../publish/chain.ts';
import type { Publisher } from '../publish/chain.ts';
import { classifyPublishError } from '../publish/broker-failures.ts';
import { giveWay } from './pace.ts';
import { streamInfo } from '../stream/stream.ts';

const PAGE = 512;
// With a rate: four pages a second.
const PAGES_A_SECOND = 4;
const MAX_AGE_MS = 24 * 3_600_000;
// Without progress for so long the replay pauses. Time and not attempts: a frozen server lets each of them wait for seconds.
const PATIENCE_MS = 30_000;

export interface ReplayDeps {
  readonly db: Database;
  readonly nats: NatsConnection;
  readonly jsm: JetStreamManager;
  maxPayload(): number;
  readonly replicas: number;
  /** When it aborts, the replay pauses at the end of its page. */
  readonly signal: AbortSignal;
  readonly onProgress: (published: number) => void | Promise<void>;
  /** False once another process has taken the replay up. Asked where the stream has more of it than this one has published. */
  readonly isNewestRun: () => Promise<boolean>;
}

/** The replay waits for a person; its message says what for. To resume it is safe. */
export class ReplayPaused extends Error {
  override readonly name = 'ReplayPaused';
}

export interface ReplayResult {
  readonly published: number;
  /** Events that cannot be published; an empty message stands for each. */
  readonly unpublishable: number;
  /** Undefined when the signal paused the replay. */
  readonly digest: string | undefined;
}

/** Makes the stream of a new job. */
export async function createReplayStream(
  { jsm, replicas }: Pick<ReplayDeps, 'jsm' | 'replicas'>,
  job: ReplayJob,
): Promise<void> {
  await jsm.streams.add({
    name: replayStream(job.id),
    description: `replay of positions ${job.fromPosition} to ${job.toPosition}, epoch ${job.epoch}`,
    subjects: [replaySubjects(job.id)],
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.New,
    max_age: nanos(MAX_AGE_MS),
    max_bytes: job.maxBytes ?? -1,
    num_replicas: replicas,
  });
}

/** Makes durable pull consumers in the stream of a job, for teams whose users of NATS may not make them there. */
export async function addDurables(jsm: JetStreamManager, job: ReplayJob, names: readonly string[]): Promise<void> {
  for (const name of names) {
    await jsm.consumers.add(replayStream(job.id), {
      durable_name: name, ack_policy: AckPolicy.Explicit, deliver_policy: DeliverPolicy.All,
    });
  }
}

/**
 * Publishes the events of the job that are not in its stream yet.
 * @throws {ReplayPaused} when the stream is gone or full, NATS stays away, or another process publishes this replay
 */
export async function runReplay(deps: ReplayDeps, job: ReplayJob): Promise<ReplayResult> {
  const publisher = publisherTo(deps.nats, replayStream(job.id));
  const digest = createHash('sha256');
  const limit = job.rate === undefined ? PAGE : Math.min(PAGE, Math.ceil(job.rate / PAGES_A_SECOND));
  const cursor = { position: job.fromPosition, sequence: 0, last: await lastSequence(deps, job), unpublishable: 0 };
  for (;;) {
    if (deps.signal.aborted) return { published: cursor.last, unpublishable: cursor.unpublishable, digest: undefined };
    const rows = await fetchRange(deps.db, { from: cursor.position, to: job.toPosition, filter: job.filter, limit });
    const end = rows.at(-1);
    if (end === undefined) break;
    const page = rows.map((row) => replayMessage(job, row, deps.maxPayload()));
    for (const { id } of rows) digest.update(`${id}\n`);
    cursor.unpublishable += page.filter(({ subject }) => subject === unpublishableSubjectOf(job.id)).length;
    if (cursor.sequence + page.length > cursor.last) {
      await giveWay(deps.db, { events: page.length, rate: job.rate, signal: deps.signal });
      cursor.last = await publishPage(deps, publisher, job, page, cursor);
    }
    cursor.sequence += page.length;
    cursor.position = end.position + 1;
    await deps.onProgress(cursor.last);
  }
  return { published: cursor.sequence, unpublishable: cursor.unpublishable, digest: digest.digest('hex') };
}

/**
 * Publishes the events of a page that are not in the stream yet. Its first event is number `sequence + 1`.
 * @returns the stream's last sequence
 */
async function publishPage(
  deps: ReplayDeps,
  publisher: Publisher,
  job: ReplayJob,
  page: readonly Message[],
  { sequence, last: known }: { readonly sequence: number; readonly last: number },
): Promise<number> {
  const end = sequence + page.length;
  let last = known;
  let movedAtMs = performance.now();
  for (let failures = 0; last < end;) {
    if (last < sequence) {
      throw new ReplayPaused('the stream has lost messages of this replay; resume it to put them back');
    }
    const { accepted, failure } = await publishChained(publisher, page.slice(last - sequence), last);
    if (accepted > 0) {
      failures = 0;
      movedAtMs = performance.now();
    }
    last += accepted;
    if (failure === undefined) continue;
    const kind = classifyPublishError(failure);
    if (kind === 'full') throw new ReplayPaused(`the stream ${publisher.stream} is full`, { cause: failure });
    if (kind === 'misconfigured' || kind === 'too_large') {
      throw new ReplayPaused('the broker takes no event', { cause: failure });
    }
    failures += 1;
    if (performance.now() - movedAtMs > PATIENCE_MS) throw new ReplayPaused('NATS does not answer', { cause: failure });
    await sleep(backoffMs(failures, { minMs: 100, maxMs: 5000 }), deps.signal);
    // Messages beyond this page come from another process: one that has taken the replay up, or one that was frozen and had it before.
    // The n-th event is message n, whoever publishes it.
    const now = await lastSequence(deps, job).catch((error: unknown) => {
      if (error instanceof ReplayPaused) throw error;
      return last;
    });
    if (now > end && !await deps.isNewestRun()) throw new ReplayPaused('another process publishes this replay', { cause: failure });
    last = now;
    if (deps.signal.aborted) break;
  }
  return last;
}

async function lastSequence({ jsm }: ReplayDeps, job: ReplayJob): Promise<number> {
  const name = replayStream(job.id);
  const info = await streamInfo(jsm.streams, name);
  if (info === undefined) throw new ReplayPaused(`the stream ${name} is gone; begin a new replay`);
  return info.state.last_seq;
}

/** The event under the replay's own subject, or an empty message in its place when it cannot be published. */
function replayMessage({ id, epoch }: ReplayJob, row: OutboxRow, maxPayload: number): Message {
  const marks: readonly Header[] = [
    ['Replay', 'true'],
    ['Replay-Id', id],
  ];
  const made = makeMessage(row, {
    maxPayload,
    epoch,
    marks,
    subjectFor: (type, storeId) => replaySubjectOf(id, type, storeId),
  });
  if ('message' in made) return made.message;
  const reason = made.unpublishable.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 500);
  return {
    subject: unpublishableSubjectOf(id),
    headers: [...marks, ['ce-id', row.id], ['ce-sequence', String(row.position)], ['Reason', reason]],
    data: new Uint8Array(),
  };
}
