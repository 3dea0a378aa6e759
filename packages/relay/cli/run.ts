/** `relay run`: leads or stands by until it is stopped. */
import { EVENTS_CHANNEL } from '@inventory/db/events.ts';
import { startListening } from '@inventory/db/listen.ts';
import { startDatabase } from '@inventory/db/start.ts';
import { FORMATS_CHECK, waitForFormats } from '@inventory/db/formats/wait.ts';
import { TooNew } from '@inventory/domain/events-stored.ts';
import type { ProcessContext } from '@inventory/runtime/lifecycle.ts';
import { createHalt } from '@inventory/runtime/loop.ts';
import { connectNats } from '@inventory/runtime/nats/link.ts';
import { createPolicy } from '@inventory/runtime/policies.ts';
import { createWakeup } from '@inventory/runtime/wakeup.ts';
import type { RelayConfig } from '../config.ts';
import { RESERVED_CONNECTIONS } from '../config.ts';
import { isBrokerFailure } from '../publish/guarded.ts';
import { runTerm } from '../term/term.ts';
import { startElection } from '../leader/election.ts';
import { createTelemetry } from '../telemetry/telemetry.ts';
import { startReporting } from '../telemetry/report.ts';

const BREAKER = { failures: 5, resetMs: 1000 } as const;
// Longer than the time-out of a publish, which is to speak first.
const BATCH_TIMEOUT_MS = 15_000;

/** Starts the relay. Resolves once it leads or stands by, or when the signal aborts. */
export async function startRelay(context: ProcessContext<RelayConfig>): Promise<void> {
  const { config, log, metrics, readiness, signal, parts } = context;
  const { db, connection } = await startDatabase(context, { applicationName: 'inventory-relay', reserved: RESERVED_CONNECTIONS });
  await waitForFormats({ db, process: 'relay', instance: config.INSTANCE_ID, log, readiness, signal });
  const wakeup = createWakeup();
  const reconnected = new Set<() => void>();
  readiness.set('nats', { ok: false, required: true, detail: 'connecting' });
  const link = connectNats({
    url: config.NATS_URL,
    name: config.INSTANCE_ID,
    log,
    onState: (state, detail) => { readiness.set('nats', { ok: state === 'connected', required: true, detail }); },
    onReconnect: () => { for (const listener of reconnected) listener(); },
    onClosed: (error) => { context.fail('the connection to nats was closed for good', error); },
  });
  parts.add({ name: 'nats', stop: link.close });
  const telemetry = createTelemetry({ log, metrics, readiness, hint: link.hint });
  parts.add({ name: 'reports', stop: startReporting({ db, instance: config.INSTANCE_ID, log, telemetry }).stop });
  const policy = createPolicy({
    name: 'nats', timeoutMs: BATCH_TIMEOUT_MS, breaker: BREAKER, isFailure: isBrokerFailure, log, metrics,
  });
  const listener = startListening({
    ...connection,
    channel: EVENTS_CHANNEL,
    onHint: wakeup.notify,
    onState: (listening, error) => {
      log.debug(listening ? 'listening for events' : 'not listening for events', { error });
    },
  });
  parts.add({ name: 'listener', stop: listener.stop });
  const halt = createHalt({ check: FORMATS_CHECK, isFinal: (error) => error instanceof TooNew, readiness, log });
  const election = startElection({
    connection: { ...connection, applicationName: 'inventory-relay-leader' },
    instance: config.INSTANCE_ID,
    log,
    onRole: telemetry.role,
    onError: telemetry.failed,
    lead: async (leadership) => {
      telemetry.leading(leadership);
      await runTerm({
        db, policy, wakeup, log, observe: telemetry,
        nats: (aborted) => link.connection(aborted),
        moveOn: link.moveOn,
        onReconnect: (notify) => {
          reconnected.add(notify);
          return () => { reconnected.delete(notify); };
        },
        replicas: config.STREAM_REPLICAS,
        chained: !config.TEST_WITHOUT_CHAIN,
      }, leadership).catch((error: unknown) => {
        if (!halt.halts(error)) throw error;
        // The lead is for a relay that can read on. This one seeks it no more.
        void election.stop();
      });
    },
  });
  parts.add({ name: 'leader', stop: election.stop });
  await telemetry.serving(signal);
}
