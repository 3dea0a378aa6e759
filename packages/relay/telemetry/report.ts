/** Every two seconds: how far publishing is behind, for the metrics, and in process_reports for `relay status`. */
import type { Database } from '@inventory/db/pool.ts';
import { removeReport, writeReport } from '@inventory/db/process-reports.ts';
import { startLoop } from '@inventory/runtime/loop.ts';
import type { Logger } from '@inventory/runtime/log.ts';
import type { Observer } from './telemetry.ts';
import { takeSample } from './backlog.ts';

const EVERY_MS = 2000;

/** Reports until stopped; an orderly stop takes the report back. */
export function startReporting(
  { db, instance, log, observer }: {
    readonly db: Database; readonly instance: string; readonly log: Logger; readonly observer: Observer;
  },
): { stop(): Promise<void> } {
  const loop = startLoop({
    name: 'reporting',
    idleMs: EVERY_MS,
    backoff: { minMs: EVERY_MS, maxMs: 15_000 },
    log,
    async step() {
      const sample = await takeSample(db);
      observer.sampled(sample);
      await writeReport(db, { process: 'relay', instance, report: { ...observer.report(), ...sample } });
      return 'idle';
    },
  });
  return {
    async stop() {
      await loop.stop();
      await removeReport(db, { process: 'relay', instance })
        .catch((error: unknown) => { log.debug('could not take the report back', { error }); });
    },
  };
}
