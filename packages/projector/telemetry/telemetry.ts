/** Turns what happens in the projector into metrics. */
import type { Metrics } from '@inventory/runtime/metrics.ts';
import type { ConsumeObserver } from '../consume/consume.ts';
import type { SealObserver } from '../seal/sealer.ts';
import { createProjectorMetrics } from './metrics.ts';

interface Telemetry {
  readonly consuming: ConsumeObserver;
  readonly sealing: SealObserver & {
    /** A cycle failed: Postgres or Redis did not answer. */
    failed(): void;
  };
}

/** Registers the projector's metrics; once for each registry. */
export function createTelemetry(metrics: Metrics): Telemetry {
  const m = createProjectorMetrics(metrics);
  return {
    consuming: {
      written({ messages, applied, stale, gaps }) {
        for (const seconds of applied) if (seconds !== undefined) m.commitToVisible.observe({ path: 'stream' }, seconds);
        m.batch.observe(messages);
        m.gaps.inc(gaps);
        m.events.inc({ path: 'stream', result: 'applied' }, applied.length);
        m.events.inc({ path: 'stream', result: 'stale' }, stale);
      },
      terminated() { m.events.inc({ path: 'stream', result: 'terminated' }); },
      refused(messages) { m.events.inc({ path: 'stream', result: 'refused' }, messages); },
    },
    sealing: {
      cycle(outcome) { m.seals.inc({ outcome }); },
      failed() { m.seals.inc({ outcome: 'failed' }); },
      sealed({ broughtSeconds, stale, unreadable }, seconds) {
        m.sealSeconds.observe(seconds);
        for (const age of broughtSeconds) m.commitToVisible.observe({ path: 'seal' }, age);
        m.events.inc({ path: 'seal', result: 'applied' }, broughtSeconds.length);
        m.events.inc({ path: 'seal', result: 'stale' }, stale);
        m.events.inc({ path: 'seal', result: 'terminated' }, unreadable);
      },
      rebuilt(result) { m.rebuilds.inc({ result }); },
    },
  };
}
