/** `relay replay`: from its options to a paused or finished replay. */
import type { NatsConnection } from 'nats';
import { logEpoch } from '@inventory/db/events.ts';
import { parseBound, parseProducts, parseStores, parseTypes, RangeRefused } from '@inventory/db/operating/range.ts';
import { beginRun, createJob, findJob, planReplay } from '@inventory/db/operating/replays.ts';
import type { ReplayJob, ReplayRequest } from '@inventory/db/operating/replays.ts';
import type { Decider } from '@inventory/db/operating/actions.ts';
import type { Database } from '@inventory/db/pool.ts';
import { replaySubjects } from '@inventory/domain/subjects.ts';
import { withNats } from '@inventory/runtime/cli/connections.ts';
import { parseCount, UsageError } from '@inventory/runtime/cli/usage.ts';
import { onStopSignal } from '@inventory/runtime/stop-signal.ts';
import type { RelayConfig } from '../config.ts';
import { keepHeapSmall } from '../heap.ts';
import { carryOut } from '../replay/carry-out.ts';
import { parseDurables } from '../replay/durables.ts';
import { addDurables, createReplayStream } from '../replay/replay.ts';
import { whoWeAre } from './decider.ts';
import { createReplayOutput } from './replay-output.ts';
import type { ReplayOutput } from './replay-output.ts';
import { managerOf } from '../stream/jetstream.ts';

/** As commander hands them over. */
export interface ReplayOptions {
  readonly from?: string;
  readonly to?: string;
  readonly type?: readonly string[];
  readonly store?: readonly string[];
  readonly product?: readonly string[];
  readonly rate?: string;
  readonly maxBytes?: string;
  readonly durable?: readonly string[];
  readonly resume?: string;
  readonly dryRun?: true;
  readonly json?: true;
}

// The exit code that shells report for Ctrl-C.
const PAUSED_BY_SIGNAL = 130;

/** @returns the exit code: 0 done, 1 paused by a failure, 130 paused by Ctrl-C. @throws {UsageError} */
export async function replayCommand(db: Database, config: RelayConfig, options: ReplayOptions): Promise<number> {
  keepHeapSmall();
  const request = options.resume === undefined ? requestOf(options) : undefined;
  const durables = parseDurables(options.durable ?? []);
  const nats = { url: config.NATS_URL, name: 'relay-replay' };
  const decider = { by: whoWeAre(), via: 'command', note: undefined } as const;
  const output = createReplayOutput({ json: options.json === true });
  if (request === undefined) {
    const job = await jobToResume(db, options);
    if (job.state === 'done' && job.digest !== undefined) {
      output.summary(job, { published: job.total, unpublishable: 0, digest: job.digest });
      return 0;
    }
    return withNats(nats, (connection) => run({ db, nats: connection, output, config }, job, decider));
  }
  const plan = await planReplay(db, request).catch((error: unknown) => { throw usageOf(error); });
  output.plan(plan, request);
  if (options.dryRun === true) return 0;
  return withNats(nats, async (connection) => {
    const job = await createJob(db, request, plan);
    const jsm = await managerOf(connection);
    await createReplayStream({ jsm, replicas: config.STREAM_REPLICAS }, job);
    await addDurables(jsm, job, durables);
    return run({ db, nats: connection, output, config }, job, undefined);
  });
}

interface RunDeps {
  readonly db: Database;
  readonly nats: NatsConnection;
  readonly output: ReplayOutput;
  readonly config: RelayConfig;
}

/** @param resumer who goes on with one that was there; undefined for a new one */
async function run({ db, nats, output, config }: RunDeps, job: ReplayJob, resumer: Decider | undefined): Promise<number> {
  const stopping = new AbortController();
  const forget = onStopSignal(() => { stopping.abort(); });
  output.begin(job, replaySubjects(job.id));
  try {
    const runs = await beginRun(db, job.id, resumer);
    if (runs === undefined) throw new UsageError(`the replay ${job.id} has ended meanwhile`);
    const { result, paused } = await carryOut({
      db, nats, replicas: config.STREAM_REPLICAS, signal: stopping.signal, stopper: { by: whoWeAre(), via: 'command', note: undefined }, onProgress: output.progress,
    }, { ...job, runs });
    output.summary(job, result, paused);
    if (paused !== undefined) return 1;
    if (result.digest !== undefined) return 0;
    return PAUSED_BY_SIGNAL;
  } finally {
    forget();
  }
}

/** What was refused as a range was typed wrongly. */
function usageOf(error: unknown): unknown {
  return error instanceof RangeRefused ? new UsageError(error.message, { cause: error }) : error;
}

/** @throws {UsageError} */
function requestOf(options: ReplayOptions): ReplayRequest {
  try {
    return parseRequest(options);
  } catch (error) {
    throw usageOf(error);
  }
}

function parseRequest(options: ReplayOptions): ReplayRequest {
  const { from, to, type, store, product, rate, maxBytes } = options;
  if (from === undefined) throw new UsageError('relay replay needs --from, or --resume with the id of a replay');
  return {
    from: parseBound('--from', from),
    to: to === undefined ? undefined : parseBound('--to', to),
    filter: {
      ...(type === undefined ? {} : { types: parseTypes(type) }),
      ...(store === undefined ? {} : { stores: parseStores(store) }),
      ...(product === undefined ? {} : { products: parseProducts(product) }),
    },
    rate: parseCount('--rate', rate),
    maxBytes: parseCount('--max-bytes', maxBytes),
  };
}

async function jobToResume(
  db: Database,
  { resume: id = '', json: _json, ...others }: ReplayOptions,
): Promise<ReplayJob> {
  const [extra] = Object.keys(others);
  if (extra !== undefined) {
    throw new UsageError(`--resume goes on with what was planned; it takes no other option (${extra})`);
  }
  const job = await findJob(db, id);
  if (job === undefined) throw new UsageError(`there is no replay ${JSON.stringify(id)}`);
  if (job.state === 'cancelled' || job.state === 'cancelling') throw new UsageError(`the replay ${id} was cancelled`);
  const epoch = await logEpoch(db);
  if (job.epoch !== epoch) {
    throw new UsageError(`the replay ${id} is of epoch ${job.epoch}, the log is in epoch ${epoch}; begin a new one`);
  }
  return job;
}
