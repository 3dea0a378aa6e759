/** The replays that were asked for through the api: the relay that leads carries them out, one after the other. */
import type { JetStreamManager, NatsConnection } from 'nats';
import { logEpoch } from '@inventory/db/events.ts';
import { cancellingReplays, findJob, noteEnd, takeRequested } from '@inventory/db/operating/replays.ts';
import type { ReplayJob } from '@inventory/db/operating/replays.ts';
import type { Database } from '@inventory/db/pool.ts';
import { TooNew } from '@inventory/domain/events-stored.ts';
import { replayStream } from '@inventory/domain/subjects.ts';
import type { Logger } from '@inventory/runtime/log.ts';
import { startLoop } from '@inventory/runtime/loop.ts';
import type { Loop, StepOutcome } from '@inventory/runtime/loop.ts';
import { streamInfo } from '../stream/stream.ts';
import { classifyPublishError } from '../publish/broker-failures.ts';
import { carryOut } from './carry-out.ts';
import { createReplayStream } from './replay.ts';
import { cancelReplay } from './streams.ts';

/** So often in a row a replay may fail for a reason that may pass, before it waits for a person. */
const MOST_FAILURES = 5;
/** How often a relay looks for replays that are to be carried out or cancelled. */
const LOOK_EVERY_MS = 1000;

interface RequestedDeps {
  readonly db: Database;
  readonly nats: NatsConnection;
  readonly jsm: JetStreamManager;
  readonly replicas: number;
  readonly log: Logger;
  /** How often each replay has failed in a row, in this term. */
  readonly failures: Map<string, number>;
}

/** Carries out what waits and cancels what is to be cancelled, in two loops: a replay that runs for hours holds no cancelling up. */
export function startRequested(deps: Omit<RequestedDeps, 'failures'>): readonly Loop[] {
  const failures = new Map<string, number>();
  const common = { idleMs: LOOK_EVERY_MS, backoff: { minMs: 1000, maxMs: 30_000 }, log: deps.log };
  return [
    startLoop({ ...common, name: 'requested replays', step: (stop) => carryOutRequested({ ...deps, failures }, stop) }),
    startLoop({ ...common, name: 'cancelling replays', step: () => cancelRequested(deps) }),
  ];
}

/** Cancels what is to be cancelled. */
export async function cancelRequested({ db, jsm, log }: Pick<RequestedDeps, 'db' | 'jsm' | 'log'>): Promise<StepOutcome> {
  for (const id of await cancellingReplays(db)) {
    await cancelReplay(db, jsm.streams, id);
    log.info('cancelled a replay', { replay: id });
  }
  return 'idle';
}

/**
 * Carries out the replay that waits for the longest. When the signal aborts it is put back at the end
 * of its page, for the relay that leads next. One that fails is put back behind the others, and is paused where no time mends it.
 */
export async function carryOutRequested(deps: RequestedDeps, signal: AbortSignal): Promise<StepOutcome> {
  const { db, jsm } = deps;
  const taken = await takeRequested(db);
  const found = taken === undefined ? undefined : await findJob(db, taken.id);
  if (taken === undefined || found === undefined) return 'idle';
  const job = { ...found, runs: taken.runs };
  try {
    await run(deps, job, signal);
    deps.failures.delete(job.id);
  } catch (error) {
    if (!await pausedBy(deps, job, error)) throw error;
  }
  // It may have been cancelled between the look for its stream and the making of it.
  if ((await findJob(db, job.id))?.state === 'cancelled') await cancelReplay(db, jsm.streams, job.id);
  return 'more';
}

/** Writes down why a replay has failed. @returns true where it is paused for that */
async function pausedBy({ db, log, failures }: RequestedDeps, job: ReplayJob, error: unknown): Promise<boolean> {
  const { id, published } = job;
  const failed = (failures.get(id) ?? 0) + 1;
  const detail = error instanceof Error ? error.message : String(error);
  // Without an answer of JetStream itself it may be the connection, or Postgres: that passes.
  const final = error instanceof TooNew || classifyPublishError(error) !== 'unknown' || failed >= MOST_FAILURES;
  if (final) failures.delete(id);
  else failures.set(id, failed);
  await noteEnd(db, job, published, { state: final ? 'paused' : 'requested', detail });
  if (final) log.warn('a replay is paused: it has failed', { replay: id, failures: failed, error });
  return final;
}

async function run({ db, nats, jsm, replicas, log }: RequestedDeps, job: ReplayJob, signal: AbortSignal): Promise<void> {
  const epoch = await logEpoch(db);
  if (job.epoch !== epoch) {
    await noteEnd(db, job, job.published, { state: 'paused', detail: `it is of epoch ${job.epoch}, the log is in epoch ${epoch}; begin a new one` });
    return;
  }
  if (job.published === 0 && await streamInfo(jsm.streams, replayStream(job.id)) === undefined) await createReplayStream({ jsm, replicas }, job);
  log.info('carrying out a replay', { replay: job.id, events: job.total });
  const { result: { published, digest }, paused } = await carryOut({ db, nats, replicas, signal, stopper: undefined, onProgress: () => undefined }, job);
  log.info(digest === undefined ? 'a replay waits' : 'a replay is done', { replay: job.id, published, reason: paused?.message });
}
