/** `relay replay`: from its options to a paused or finished replay. */
import type { NatsConnection } from 'nats';
import type { Database } from '@inventory/db/pool.ts';
import { logEpoch } from '@inventory/db/events.ts';
import { replaySubjects } from '@inventory/domain/subjects.ts';
import { withNats } from '@inventory/runtime/cli/connections.ts';
import { parseCount, UsageError } from '@inventory/runtime/cli/usage.ts';
import { onStopSignal } from '@inventory/runtime/stop-signal.ts';
import type { RelayConfig } from '../config.ts';
import { keepHeapSmall } from '../heap.ts';
import { ReplayPaused, addDurables, createReplayStream, runReplay } from '../replay/replay.ts';
import { createJob, findJob, noteProgress, planReplay } from '../replay/jobs.ts';
import type { ReplayJob, ReplayRequest } from '../replay/jobs.ts';
import { createReplayOutput } from './replay-output.ts';
import type { ReplayOutput } from './replay-output.ts';
import { managerOf, maxPayloadOf } from '../stream/jetstream.ts';
import { parseBound, parseDurables, parseProducts, parseStores, parseTypes } from '../replay/range.ts';

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
const NOTE_EVERY_MS = 1000;

/** @returns the exit code: 0 done, 1 paused by a failure, 130 paused by Ctrl-C. @throws {UsageError} */
export async function replayCommand(db: Database, config: RelayConfig, options: ReplayOptions): Promise<number> {
  keepHeapSmall();
  const request = options.resume === undefined ? parseRequest(options) : undefined;
  const durables = parseDurables(options.durable ?? []);
  const nats = { url: config.NATS_URL, name: 'relay-replay' };
  const output = createReplayOutput({ json: options.json === true });
  if (request === undefined) {
    const job = await jobToResume(db, options);
    if (job.state === 'done' && job.digest !== undefined) {
      output.summary(job, { published: job.total, unpublishable: 0, digest: job.digest });
      return 0;
    }
    return withNats(nats, (connection) => run({ db, nats: connection, output, config }, job));
  }
  const plan = await planReplay(db, request);
  output.plan(plan, request);
  if (options.dryRun === true) return 0;
  return withNats(nats, async (connection) => {
    const job = await createJob(db, request, plan);
    const jsm = await managerOf(connection);
    await createReplayStream({ jsm, replicas: config.STREAM_REPLICAS }, job);
    await addDurables(jsm, job, durables);
    return run({ db, nats: connection, output, config }, job);
  });
}

interface RunDeps {
  readonly db: Database;
  readonly nats: NatsConnection;
  readonly output: ReplayOutput;
  readonly config: RelayConfig;
}

async function run({ db, nats, output, config }: RunDeps, job: ReplayJob): Promise<number> {
  const stopping = new AbortController();
  const forget = onStopSignal(() => { stopping.abort(); });
  output.begin(job, replaySubjects(job.id));
  let notedAtMs = performance.now();
  let published = 0;
  try {
    await noteProgress(db, job.id, { state: 'running', published: job.published });
    const result = await runReplay({
      db, nats, jsm: await managerOf(nats),
      maxPayload: () => maxPayloadOf(nats),
      replicas: config.STREAM_REPLICAS,
      signal: stopping.signal,
      async onProgress(count) {
        published = count;
        output.progress(count);
        if (performance.now() - notedAtMs < NOTE_EVERY_MS) return;
        notedAtMs = performance.now();
        await noteProgress(db, job.id, { state: 'running', published });
      },
    }, job);
    const { digest } = result;
    await noteProgress(db, job.id, {
      state: digest === undefined ? 'paused' : 'done',
      published: result.published,
      ...(digest === undefined ? {} : { digest }),
    });
    output.summary(job, result);
    return digest === undefined ? PAUSED_BY_SIGNAL : 0;
  } catch (error) {
    if (!(error instanceof ReplayPaused)) throw error;
    await noteProgress(db, job.id, { state: 'paused', published });
    output.summary(job, { published, unpublishable: 0, digest: undefined }, error);
    return 1;
  } finally {
    forget();
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
  if (job.state === 'cancelled') throw new UsageError(`the replay ${id} was cancelled`);
  const epoch = await logEpoch(db);
  if (job.epoch !== epoch) {
    throw new UsageError(`the replay ${id} is of epoch ${job.epoch}, the log is in epoch ${epoch}; begin a new one`);
  }
  return job;
}
