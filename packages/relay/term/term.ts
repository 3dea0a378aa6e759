/** One term of leading: publishes batch after batch until the lead is lost or given up, or the process stops. */
import type { NatsConnection } from 'nats';
import type { Database } from '@inventory/db/pool.ts';
import { startLoop } from '@inventory/runtime/loop.ts';
import type { StepOutcome } from '@inventory/runtime/loop.ts';
import type { Logger } from '@inventory/runtime/log.ts';
import type { Policy } from '@inventory/runtime/policies.ts';
import type { Wakeup } from '@inventory/runtime/wakeup.ts';
import type { Leadership } from '../leader/election.ts';
import { TermOver } from '../leader/fence.ts';
import { publisherTo } from '../publish/chain.ts';
import { guardedPublish, guardedStreams } from '../publish/guarded.ts';
import { Misconfigured, checkStream, initialState, publishBatch } from '../publish/batch.ts';
import type { BatchObserver } from '../publish/deps.ts';
import { startRequested } from '../replay/requested.ts';
import { tidyReplays } from '../replay/streams.ts';
import { readConsumers } from '../telemetry/consumers.ts';
import type { ConsumerStanding } from '../telemetry/consumers.ts';
import { TooNew } from '@inventory/domain/events-stored.ts';
import { STREAM } from '@inventory/domain/subjects.ts';
import { LEADER_TIMEOUT_MS, managerOf, maxPayloadOf } from '../stream/jetstream.ts';
import { StreamConflict } from '../stream/stream.ts';
import { BrokerOutOfReach, createPatience } from './patience.ts';

// Between two batches nothing is published: the last slice is marked, then the next batch is fetched. [A backlog on two
// busy cores: 14 500 events/s, 13 200 in batches of 2 048, 8 900 in batches of 512, which are one slice each.]
const BATCH_SIZE = 4096;
const MAX_POLL_MS = 250;
const MIN_POLL_MS = 10;
/** A relay looks at the stream so often, whether it publishes or not. */
const CHECK_EVERY_MS = 5_000;
const TIDY_EVERY_MS = 600_000;
/** How often it looks at the consumers of the stream. Where it may not, it asks again within minutes. */
const CONSUMERS = { idleMs: 5_000, backoff: { minMs: 5_000, maxMs: 300_000 } } as const;
/** How long a new leader waits for its first connection to NATS; another relay may have one. */
const CONNECT_MS = 12_000;

interface TermDeps {
  /** For what the lead does not decide. */
  readonly db: Database;
  /** Resolves with the connection once NATS was reached; rejects when the signal aborts. */
  readonly nats: (signal: AbortSignal) => Promise<NatsConnection>;
  /** Leaves the server of NATS for another one. @returns which one; undefined when there is no other */
  readonly moveOn: (reason: string) => Promise<string | undefined>;
  readonly policy: Policy;
  readonly wakeup: Wakeup;
  /** Calls back after each reconnect to NATS; returns a function that ends this. */
  readonly onReconnect: (listener: () => void) => () => void;
  readonly replicas: number;
  readonly chained: boolean;
  readonly log: Logger;
  readonly observe: BatchObserver & {
    /** A step has gone well: all is published that there was, or the next part of it. */
    stepped(): void;
    /** @param consumers those of the stream; undefined where they cannot be told of */
    consumersRead(consumers: readonly ConsumerStanding[] | undefined): void;
  };
}

/**
 * Leads until the signal aborts.
 * @throws {StreamConflict}, {Misconfigured}, {BrokerOutOfReach}, {TooNew} or {TermOver}: with these the lead is given up
 */
export async function runTerm(deps: TermDeps, { lead, db: session, signal }: Leadership): Promise<void> {
  const nats = await deps.nats(AbortSignal.any([signal, AbortSignal.timeout(CONNECT_MS)])).catch((error: unknown) => {
    if (signal.aborted) return undefined;
    throw new BrokerOutOfReach('NATS cannot be reached', { cause: error });
  });
  if (nats === undefined) return;
  const jsm = await managerOf(nats, { timeoutMs: LEADER_TIMEOUT_MS });
  const publisher = { ...publisherTo(nats, STREAM), chained: deps.chained };
  const relay = {
    db: session, lead, batchSize: BATCH_SIZE, replicas: deps.replicas, observe: deps.observe,
    maxPayload: () => maxPayloadOf(nats),
    streams: guardedStreams(jsm.streams, deps.policy),
    publish: guardedPublish(publisher, deps.policy),
  };
  const state = initialState();
  const forgetListener = deps.onReconnect(() => { state.doubtful = true; });
  const ended = Promise.withResolvers<undefined>();
  const end = (): void => { ended.resolve(undefined); };
  signal.addEventListener('abort', end, { once: true });
  if (signal.aborted) end();

  let pollMs = MIN_POLL_MS;
  // A term begins with a look at the stream.
  let checkedAt = performance.now();
  const patience = createPatience();
  const step = async (stop: AbortSignal): Promise<StepOutcome> => {
    try {
      if (performance.now() - checkedAt > CHECK_EVERY_MS) {
        await checkStream(relay, state);
        checkedAt = performance.now();
      }
      const { published, more } = await publishBatch(relay, state, stop);
      patience.well();
      deps.observe.stepped();
      if (more) return 'more';
      // Soon after an event there is often another one; in a quiet hour four polls a second are enough.
      pollMs = published > 0 ? MIN_POLL_MS : Math.min(MAX_POLL_MS, 2 * pollMs);
      return pollMs;
    } catch (error) {
      const reaction = patience.failed(error);
      if (reaction === 'move') await deps.moveOn(error instanceof Error ? error.message : String(error));
      if (reaction === 'give_up') ended.reject(new BrokerOutOfReach('no server of NATS stores what is published', { cause: error }));
      else if (endsTheLead(error)) ended.reject(error);
      else throw error;
      return MAX_POLL_MS;
    }
  };
  const loop = startLoop({
    name: 'relaying',
    step,
    idleMs: MAX_POLL_MS,
    wakeup: deps.wakeup,
    backoff: { minMs: 50, maxMs: 2000 },
    log: deps.log,
    onError: deps.observe.failed,
  });
  const tidying = startLoop({
    name: 'tidying replays',
    idleMs: TIDY_EVERY_MS,
    backoff: { minMs: 1000, maxMs: TIDY_EVERY_MS },
    log: deps.log,
    async step() {
      const tidied = await tidyReplays(deps.db, jsm.streams);
      if (tidied.length > 0) deps.log.info('deleted the streams of old replays', { replays: tidied.join(' ') });
      return 'idle';
    },
  });
  const consumers = startLoop({
    ...CONSUMERS,
    name: 'looking at the consumers',
    log: deps.log,
    async step() {
      deps.observe.consumersRead(await readConsumers(jsm));
      return 'idle';
    },
    onError: () => { deps.observe.consumersRead(undefined); },
  });
  const replays = startRequested({ db: deps.db, nats, jsm, replicas: deps.replicas, log: deps.log });
  try {
    await ended.promise;
  } finally {
    await Promise.all([loop, tidying, consumers, ...replays].map((each) => each.stop()));
    forgetListener();
  }
}

function endsTheLead(error: unknown): boolean {
  return error instanceof StreamConflict || error instanceof Misconfigured || error instanceof TermOver || error instanceof TooNew;
}
