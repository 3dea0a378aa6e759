/** Turns what happens in the relay into log lines, metrics and readiness. */
import type { Logger } from '@inventory/runtime/log.ts';
import type { Metrics } from '@inventory/runtime/metrics.ts';
import { quantile } from '@inventory/runtime/quantile.ts';
import type { Readiness } from '@inventory/runtime/readiness.ts';
import type { Leadership, Role } from '../leader/election.ts';
import { createRelayMetrics } from './metrics.ts';
import { classifyPublishError } from '../publish/broker-failures.ts';
import { PublishInterrupted } from '../publish/chain.ts';
import type { BatchObserver } from '../publish/batch.ts';
import type { Backlog } from './backlog.ts';
import { StreamConflict } from '../stream/stream.ts';

// Latencies that are kept for one report, of two seconds; more would not change what it shows.
const MAX_LATENCIES = 2000;

export interface Telemetry extends BatchObserver {
  role(role: Role): void;
  leading(leadership: Leadership): void;
  backlogRead(backlog: Backlog): void;
  /** What the process report says about this instance. */
  report(): Readonly<Record<string, unknown>>;
  /** Resolves when the relay stands by, or has read the tail for the first time, or when the signal aborts. */
  serving(signal: AbortSignal): Promise<void>;
}

export function createTelemetry(deps: {
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly readiness: Readiness;
}): Telemetry {
  const { log, readiness } = deps;
  const m = createRelayMetrics(deps.metrics);
  const serving = Promise.withResolvers<undefined>();
  let role: Role = 'none';
  let leadership: Leadership | undefined;
  let verifiedTerm: number | undefined;
  let sequence: number | undefined;
  let lastDrift = '';
  const sinceReport = { published: 0, atMs: performance.now() };
  let latencies: number[] = [];

  const setRole = (next: Role): void => {
    role = next;
    m.leader.set(next === 'leader' ? 1 : 0);
    readiness.set('role', { ok: next !== 'none', required: true, detail: next });
    if (next !== 'leader') readiness.set('publishing', { ok: true, required: true, detail: 'not leading' });
    if (next === 'standby') {
      log.info('standby');
      serving.resolve(undefined);
    }
  };
  setRole('none');

  return {
    role(next) { setRole(next); },
    leading(given) {
      leadership = given;
      m.term.set(given.term);
      m.takeovers.inc();
      readiness.set('publishing', { ok: false, required: true, detail: 'reading the tail of the stream' });
    },
    verified(tail) {
      m.tailReads.inc();
      m.tailMarked.inc(tail.marked);
      m.refilled.inc(tail.refilled);
      sequence = tail.sequence;
      const drift = tail.drift.join('; ');
      if (drift !== lastDrift) {
        log.warn('the configuration of the stream', { drift: drift === '' ? 'none any more' : drift });
      }
      lastDrift = drift;
      readiness.set('publishing', { ok: true, required: true, detail: 'publishing' });
      const { marked, refilled } = tail;
      if (leadership !== undefined && verifiedTerm !== leadership.term) {
        verifiedTerm = leadership.term;
        const takeoverMs = performance.now() - leadership.grantedAtMs;
        m.takeover.observe(takeoverMs / 1000);
        log.info('leader', {
          term: leadership.term,
          takeover_ms: Math.round(takeoverMs),
          silent_ms: leadership.silentMs === undefined ? undefined : Math.round(leadership.silentMs),
          sequence,
          marked,
          refilled,
        });
        serving.resolve(undefined);
      } else {
        log.info('read the tail of the stream', { sequence, marked, refilled });
      }
    },
    published(seconds) {
      m.published.inc(seconds.length);
      sinceReport.published += seconds.length;
      if (seconds.length > 0) m.batch.observe(seconds.length);
      for (const value of seconds) m.commitToAck.observe(value);
      if (latencies.length < MAX_LATENCIES) latencies.push(...seconds.slice(0, MAX_LATENCIES - latencies.length));
    },
    parked(events) {
      for (const { row, reason } of events) {
        log.error('parked an event that cannot be published', { event_id: row.id, position: row.position, reason });
      }
    },
    publishFailed(error) { m.publishErrors.inc({ class: classifyPublishError(error) }); },
    failed(error) {
      const cause = error instanceof PublishInterrupted ? error.cause : undefined;
      const text = [error, cause].filter((part) => part instanceof Error).map((part) => part.message).join(': ');
      const detail = error instanceof StreamConflict ? `${text}; see \`relay reconcile\`` : text;
      readiness.set('publishing', { ok: false, required: true, detail });
    },
    backlogRead(backlog) {
      m.backlog.set(backlog.backlog);
      m.oldestUnpublished.set(backlog.oldest_seconds ?? 0);
      m.settledLag.set(backlog.newest_position - backlog.settled_position);
      m.parked.set(backlog.parked);
      m.waiting.set(backlog.waiting);
      m.replays.set(backlog.replays);
      m.replayLeft.set(backlog.replay_left);
    },
    report() {
      const { published, atMs } = sinceReport;
      Object.assign(sinceReport, { published: 0, atMs: performance.now() });
      const perSecond = (1000 * published) / Math.max(1, sinceReport.atMs - atMs);
      const sorted = latencies.toSorted((a, b) => a - b);
      latencies = [];
      return {
        role,
        pid: process.pid,
        term: role === 'leader' ? leadership?.term : undefined,
        sequence,
        published_per_second: perSecond,
        commit_to_ack_seconds: { p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99) },
      };
    },
    async serving(signal) {
      const giveUp = (): void => { serving.resolve(undefined); };
      signal.addEventListener('abort', giveUp, { once: true });
      if (signal.aborted) giveUp();
      await serving.promise;
    },
  };
}
