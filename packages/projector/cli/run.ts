/** `projector run`: the parts of the process, in the order of their start. */
import { once } from 'node:events';
import { EVENTS_CHANNEL } from '@inventory/db/events.ts';
import { startListening } from '@inventory/db/listen.ts';
import { startDatabase } from '@inventory/db/start.ts';
import { FORMATS_CHECK, waitForFormats } from '@inventory/db/formats/wait.ts';
import { TooNew } from '@inventory/domain/events-stored.ts';
import type { ProcessContext } from '@inventory/runtime/lifecycle.ts';
import { createHalt, startLoop } from '@inventory/runtime/loop.ts';
import { connectNats } from '@inventory/runtime/nats/link.ts';
import { createPolicy } from '@inventory/runtime/policies.ts';
import { closeRedis, createRedis } from '@inventory/runtime/redis/link.ts';
import type { Redis } from '@inventory/runtime/redis/link.ts';
import { createWakeup } from '@inventory/runtime/wakeup.ts';
import { REDIS_TIMEOUT_MS, RESERVED_CONNECTIONS } from '../config.ts';
import type { ProjectorConfig } from '../config.ts';
import { createConsumption } from '../consume/consume.ts';
import { createReporter } from '../telemetry/report.ts';
import { createTelemetry } from '../telemetry/telemetry.ts';
import { createContinuousVerification } from '../verify/continuous.ts';
import { doRequested } from '../jobs/requested.ts';
import { removeOlder } from '../rebuild/older.ts';
import { createBrought } from '../seal/brought.ts';
import { createSealer } from '../seal/sealer.ts';

/** The pause between two cycles of sealing: about the age of an answer when all is well. */
const SEAL_EVERY_MS = 100;
/** Hints that come within this time count as one. */
const HINTS_MS = 5;
/** The stream counts as silent after this long without a message. */
const SILENT_MS = 1_000;
const REPORT_EVERY_MS = 2_000;
const VERIFY_EVERY_MS = 5_000;
/** How often a projector looks for what was asked of it. */
const JOBS_EVERY_MS = 2_000;
/** How often older views are looked for: that of the release before stays for as long as one of its projectors seals it. */
const TIDY_EVERY_MS = 600_000;
const BACKOFF = { minMs: 50, maxMs: 1_000 } as const;

/** For how long a start waits to hear whether Redis is there. */
const FIRST_WORD_MS = 2_000;

/** Resolves when Redis is connected, or is known not to be, or after two seconds. Never rejects. */
async function firstWord(redis: Redis): Promise<void> {
  if (redis.status === 'ready') return;
  const over = new AbortController();
  const signal = AbortSignal.any([over.signal, AbortSignal.timeout(FIRST_WORD_MS)]);
  // An attempt that fails is an 'error', with which `once` rejects, and then a 'close'.
  await Promise.race(['ready', 'close'].map((event) => once(redis, event, { signal }).catch(() => undefined)));
  over.abort();
}

/** Starts the projector. Redis, Postgres and NATS may all be away; it waits for each of them. */
export async function startProjector(context: ProcessContext<ProjectorConfig>): Promise<void> {
  const { config, log, readiness, parts, fail } = context;
  const telemetry = createTelemetry(context.metrics);
  const applicationName = `projector ${config.INSTANCE_ID}`.slice(0, 63);
  const { db, connection } = await startDatabase(context, { applicationName, reserved: RESERVED_CONNECTIONS });
  await waitForFormats({ db, process: 'projector', instance: config.INSTANCE_ID, log, readiness, signal: context.signal });
  const halt = createHalt({ check: FORMATS_CHECK, isFinal: (error) => error instanceof TooNew, readiness, log });
  // A connection for each, so a long batch on one does not make the commands on the other time out.
  const redisForSealing = createRedis({
    url: config.REDIS_URL, name: 'projector-sealing', log, commandTimeoutMs: REDIS_TIMEOUT_MS,
  });
  const redisForEvents = createRedis({
    url: config.REDIS_URL, name: 'projector-events', log, commandTimeoutMs: REDIS_TIMEOUT_MS,
    onState: (state, detail) => { readiness.set('redis', { ok: state === 'connected', required: true, detail }); },
  });
  parts.add({
    name: 'redis', stop: async () => { await Promise.all([closeRedis(redisForSealing), closeRedis(redisForEvents)]); },
  });
  const policy = createPolicy({
    name: 'redis', timeoutMs: 2_000, breaker: { failures: 2, resetMs: 500 }, isFailure: () => true, log, metrics: context.metrics,
  });

  const brought = createBrought(redisForEvents);
  const sealing = createSealer({
    db, redis: redisForSealing, brought, observe: telemetry.sealing, log,
    onState: ({ ok, detail }) => { readiness.set('sealing', { ok, required: true, detail }); },
  });
  // A cycle before the first connection is made would report a failure that is none.
  await firstWord(redisForSealing);
  const wakeup = createWakeup();
  const sealLoop = startLoop({
    name: 'sealing', step: halt.guard(sealing.step), idleMs: SEAL_EVERY_MS, wakeup, backoff: BACKOFF, log,
    onError: (error) => {
      telemetry.sealing.failed();
      readiness.set('sealing', { ok: false, required: true, detail: error instanceof Error ? error.message : String(error) });
    },
  });
  parts.add({ name: 'sealing', stop: sealLoop.stop });
  const nats = connectNats({
    url: config.NATS_URL, name: applicationName, log,
    onClosed: (error) => { fail('the connection to nats was closed for good', error); },
  });
  parts.add({ name: 'nats', stop: nats.close });
  const consumption = createConsumption({
    db, nats, redis: redisForEvents, policy, observe: telemetry.consuming, log, databaseNowMs: sealing.databaseNowMs, view: sealing, brought,
    onState: ({ bound, detail }) => {
      readiness.set('stream', { ok: bound, required: false, detail });
      log.info(bound ? 'events come from the stream' : 'events come from the log alone', { detail });
    },
  });
  // While the stream brings nothing (NATS, the relay or the stream is away) and there are events, each hint is worth a
  // cycle. While it is only slow, as on a busy machine, cycles would make it slower.
  const sealsAlone = (): boolean => consumption.bound() === undefined
    || (sealing.brings() && consumption.silentMs() > SILENT_MS);
  let hinted: NodeJS.Timeout | undefined;
  const listener = startListening({
    ...connection, channel: EVENTS_CHANNEL,
    onHint: () => {
      if (!sealsAlone()) return;
      hinted ??= setTimeout(() => {
        hinted = undefined;
        wakeup.notify();
      }, HINTS_MS);
    },
    onState: (listening, error) => { if (!listening) log.warn('not listening to postgres', { error }); },
  });
  parts.add({ name: 'listening', stop: listener.stop });
  const consumeLoop = startLoop({ name: 'consuming', step: halt.guard(consumption.step), idleMs: 250, backoff: BACKOFF, log });
  parts.add({ name: 'consuming', stop: consumeLoop.stop });

  const verification = createContinuousVerification({ db, redis: redisForSealing, metrics: context.metrics, log });
  const verifyLoop = startLoop({ name: 'verifying', step: halt.guard(verification.step), idleMs: VERIFY_EVERY_MS, backoff: BACKOFF, log });
  parts.add({ name: 'verifying', stop: verifyLoop.stop });

  const jobLoop = startLoop({
    name: 'requested jobs', step: halt.guard((signal) => doRequested({ db, redis: redisForSealing, log, instance: config.INSTANCE_ID }, signal)),
    idleMs: JOBS_EVERY_MS, backoff: BACKOFF, log,
  });
  parts.add({ name: 'requested jobs', stop: jobLoop.stop });

  const tidyLoop = startLoop({
    name: 'tidying', idleMs: TIDY_EVERY_MS, backoff: BACKOFF, log,
    async step() {
      const { epoch, outcome } = sealing.facts();
      if (epoch !== undefined && (outcome === 'sealed' || outcome === 'busy')) await removeOlder(redisForSealing, epoch);
      return 'idle';
    },
  });
  parts.add({ name: 'tidying', stop: tidyLoop.stop });

  const reporter = createReporter({
    db, redis: redisForSealing, instance: config.INSTANCE_ID, sealing, consumption, verification, metrics: context.metrics,
  });
  const reportLoop = startLoop({ name: 'reporting', step: reporter.step, idleMs: REPORT_EVERY_MS, backoff: BACKOFF, log });
  parts.add({
    name: 'reporting',
    stop: async () => {
      await reportLoop.stop();
      await reporter.remove().catch((error: unknown) => { log.debug('could not take the report back', { error }); });
    },
  });
}
