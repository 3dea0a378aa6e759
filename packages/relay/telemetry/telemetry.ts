/** Turns what happens in the relay into log lines, metrics and readiness. */
import type { Logger } from '@inventory/runtime/log.ts';
import type { Metrics } from '@inventory/runtime/metrics.ts';
import { quantile } from '@inventory/runtime/quantile.ts';
import type { Readiness } from '@inventory/runtime/readiness.ts';
import type { Leadership, Role } from '../leader/election.ts';
import type { ConsumerStanding } from './consumers.ts';
import { createRelayMetrics } from './metrics.ts';
import { classifyPublishError } from '../publish/broker-failures.ts';
import { PublishInterrupted } from '../publish/chain.ts';
import type { BatchObserver } from '../publish/deps.ts';
import type { Backlog } from './backlog.ts';
import { TermOver } from '../leader/fence.ts';
import { StreamConflict } from '../stream/stream.ts';

// Latencies that are kept for one report, of two seconds; more would not change what it shows.
const MAX_LATENCIES = 2000;

/**
 * What has failed is shown for so long after the lead was given up: a relay in conflict takes it again within two seconds,
 * and would seem to be well in between.
 */
const TROUBLE_MS = 5_000;

export interface Telemetry extends BatchObserver {
  /** A step of leading has gone well. */
  stepped(): void;
  role(role: Role): void;
  leading(leadership: Leadership): void;
  backlogRead(backlog: Backlog): void;
  /** @param consumers undefined where they cannot be told of */
  consumersRead(consumers: readonly ConsumerStanding[] | undefined): void;
  /** What the process report says about this instance. */
  report(): Readonly<Record<string, unknown>>;
  /** Resolves when the relay stands by, or has read the tail for the first time, or when the signal aborts. */
  serving(signal: AbortSignal): Promise<void>;
}

export function createTelemetry(deps: {
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly readiness: Readiness;
  /** Why NATS may be of no use although it is connected (NatsLink). */
  readonly hint: () => string | undefined;
}): Telemetry {
  const { log, readiness } = deps;
  const m = createRelayMetrics(deps.metrics);
  const serving = Promise.withResolvers<undefined>();
  let role: Role = 'none';
  let leadership: Leadership | undefined;
  let verifiedTerm: number | undefined;
  let sequence: number | undefined;
  let lastDrift = '';
  let consumers: readonly ConsumerStanding[] | undefined;
  const sinceReport = { published: 0, atMs: performance.now() };
  let latencies: number[] = [];
  let foreign = { stream: '', upTo: 0 };
  let settled = { position: -1, sinceMs: performance.now() };

  let trouble: { readonly detail: string; readonly atMs: number } | undefined;
  let stepping = false;

  /** What has failed lately, in words; undefined where a step has gone well since, or where it is long ago. */
  const troubled = (): string | undefined => {
    if (trouble !== undefined && performance.now() - trouble.atMs > TROUBLE_MS && role !== 'leader') trouble = undefined;
    return trouble?.detail;
  };
  const showPublishing = (): void => {
    const detail = troubled();
    m.publishing.set(role === 'leader' && stepping && detail === undefined ? 1 : 0);
    readiness.set('publishing', detail !== undefined ? { ok: false, required: true, detail }
      : role !== 'leader' ? { ok: true, required: true, detail: 'not leading' }
        : { ok: stepping, required: true, detail: stepping ? 'publishing' : 'reading the tail of the stream' });
  };
  const showDrift = (settings: readonly string[]): void => {
    const drift = settings.join('; ');
    m.drift.set(settings.length);
    readiness.set('stream', { ok: drift === '', required: false, detail: drift === '' ? 'as the relay makes it' : drift });
    if (drift !== lastDrift) log.warn('the configuration of the stream', { drift: drift === '' ? 'none any more' : drift });
    lastDrift = drift;
  };
  const setRole = (next: Role): void => {
    role = next;
    stepping = false;
    m.leader.set(next === 'leader' ? 1 : 0);
    // Only who leads knows the stream.
    if (next !== 'leader') {
      m.drift.set(0);
      consumers = undefined;
    }
    readiness.set('role', { ok: next !== 'none', required: true, detail: next });
    showPublishing();
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
      m.term.set(given.lead.term);
      m.takeovers.inc();
    },
    verified(tail) {
      m.tailReads.inc();
      m.tailMarked.inc(tail.marked);
      m.refilled.inc(tail.refilled);
      sequence = tail.sequence;
      showDrift(tail.drift);
      stepping = true;
      showPublishing();
      const { marked, refilled } = tail;
      if (leadership !== undefined && verifiedTerm !== leadership.lead.term) {
        verifiedTerm = leadership.lead.term;
        const takeoverMs = performance.now() - leadership.grantedAtMs;
        m.takeover.observe(takeoverMs / 1000);
        log.info('leader', {
          term: leadership.lead.term,
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
    checked({ drift }) { showDrift(drift); },
    stepped() {
      if (trouble === undefined && stepping) return;
      trouble = undefined;
      stepping = true;
      showPublishing();
    },
    published(seconds) {
      m.published.inc(seconds.length);
      sinceReport.published += seconds.length;
      if (seconds.length > 0) m.batch.observe(seconds.length);
      for (const value of seconds) m.commitToAck.observe(value);
      if (latencies.length < MAX_LATENCIES) latencies.push(...seconds.slice(0, MAX_LATENCIES - latencies.length));
    },
    foreign({ stream, messages }) {
      // Each reading of the tail tells of those at its end.
      const seen = foreign.stream === stream ? foreign.upTo : 0;
      const more = messages.filter(({ sequence: at }) => at > seen);
      foreign = { stream, upTo: messages.reduce((upTo, { sequence: at }) => Math.max(upTo, at), seen) };
      if (more.length === 0) return;
      m.foreign.inc(more.length);
      log.warn('somebody else publishes into the stream', {
        messages: more.length, sequence: more[0]?.sequence, subject: more[0]?.subject,
      });
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
      const hint = error instanceof StreamConflict ? 'see `relay reconcile`' : deps.hint();
      const detail = hint === undefined ? text : `${text}; ${hint}`;
      // That another relay leads is no trouble.
      if (!(error instanceof TermOver)) trouble = { detail, atMs: performance.now() };
      showPublishing();
    },
    backlogRead(backlog) {
      // Trouble of a relay that stands by ends by itself.
      showPublishing();
      m.backlog.set(backlog.backlog);
      m.oldestUnpublished.set(backlog.oldest_seconds ?? 0);
      m.settledLag.set(backlog.newest_position - backlog.settled_position);
      const heldBack = backlog.newest_position > backlog.settled_position && backlog.settled_position === settled.position;
      if (!heldBack) settled = { position: backlog.settled_position, sinceMs: performance.now() };
      m.heldBack.set((performance.now() - settled.sinceMs) / 1000);
      m.parked.set(backlog.parked);
      m.waiting.set(backlog.waiting);
      m.replays.set(backlog.replays);
      m.replayLeft.set(backlog.replay_left);
    },
    consumersRead(found) { consumers = found; },
    report() {
      const { published, atMs } = sinceReport;
      Object.assign(sinceReport, { published: 0, atMs: performance.now() });
      const perSecond = (1000 * published) / Math.max(1, sinceReport.atMs - atMs);
      const sorted = latencies.toSorted((a, b) => a - b);
      latencies = [];
      return {
        role,
        pid: process.pid,
        term: role === 'leader' ? leadership?.lead.term : undefined,
        sequence,
        publishing: role === 'leader' ? stepping && troubled() === undefined : undefined,
        trouble: troubled(),
        consumers,
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
