/** Carries a replay out and writes down how far it is, for `relay replay` and for the relay that leads. */
import type { NatsConnection } from 'nats';
import type { Decider } from '@inventory/db/operating/actions.ts';
import { isNewestRun, noteCount, noteEnd, noteProgress } from '@inventory/db/operating/replays.ts';
import type { ReplayJob } from '@inventory/db/operating/replays.ts';
import { notePaused } from '@inventory/db/operating/steering.ts';
import type { Database } from '@inventory/db/pool.ts';
import { managerOf, maxPayloadOf } from '../stream/jetstream.ts';
import { ReplayPaused, runReplay } from './replay.ts';
import type { ReplayResult } from './replay.ts';

const NOTE_EVERY_MS = 1000;

interface CarryOutDeps {
  readonly db: Database;
  readonly nats: NatsConnection;
  readonly replicas: number;
  /** When it aborts, the replay stops at the end of its page, */
  readonly signal: AbortSignal;
  /** and is paused by this person then; undefined where it waits for the relay that leads next. */
  readonly stopper: Decider | undefined;
  readonly onProgress: (published: number) => void;
}

interface CarriedOut {
  readonly result: ReplayResult;
  /** Why it waits for a person, where it is not done and nobody has stopped it. */
  readonly paused: ReplayPaused | undefined;
}

/** Runs a job that was taken up by its number of runs, until it is done, stopped, paused or cancelled by somebody else, or cannot go on. */
export async function carryOut({ db, nats, replicas, signal, stopper, onProgress }: CarryOutDeps, job: ReplayJob): Promise<CarriedOut> {
  // Somebody has paused or cancelled it, which the row says.
  const steered = new AbortController();
  let notedAtMs = performance.now();
  let published = job.published;
  try {
    const result = await runReplay({
      db, nats, replicas, jsm: await managerOf(nats), maxPayload: () => maxPayloadOf(nats),
      signal: AbortSignal.any([signal, steered.signal]),
      isNewestRun: () => isNewestRun(db, job),
      async onProgress(count) {
        published = count;
        onProgress(count);
        if (performance.now() - notedAtMs < NOTE_EVERY_MS) return;
        notedAtMs = performance.now();
        if (!await noteProgress(db, job, published)) steered.abort();
      },
    }, job);
    const { digest } = result;
    if (digest !== undefined) await noteEnd(db, job, result.published, { state: 'done', digest });
    else if (steered.signal.aborted) await noteCount(db, job, result.published);
    else if (stopper === undefined) await noteEnd(db, job, result.published, { state: 'requested' });
    else if (!await notePaused(db, job, result.published, stopper)) await noteCount(db, job, result.published);
    return { result, paused: undefined };
  } catch (error) {
    if (!(error instanceof ReplayPaused)) throw error;
    await noteEnd(db, job, published, { state: 'paused', detail: error.message });
    return { result: { published, unpublishable: 0, digest: undefined }, paused: error };
  }
}
