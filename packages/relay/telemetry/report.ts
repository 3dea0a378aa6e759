/** Every two seconds: how far publishing is behind, for the metrics and for those who read process reports. */
import type { Database } from '@inventory/db/pool.ts';
import { removeReport, writeReport } from '@inventory/db/process-reports.ts';
import { newestVersions } from '@inventory/domain/events-stored.ts';
import { startLoop } from '@inventory/runtime/loop.ts';
import type { Logger } from '@inventory/runtime/log.ts';
import type { Telemetry } from './telemetry.ts';
import { readBacklog } from './backlog.ts';

const EVERY_MS = 2000;

/** Reports until it is stopped, and takes its report back then. */
export function startReporting(
  { db, instance, log, telemetry }: {
    readonly db: Database; readonly instance: string; readonly log: Logger; readonly telemetry: Telemetry;
  },
): { stop(): Promise<void> } {
  const loop = startLoop({
    name: 'reporting',
    idleMs: EVERY_MS,
    backoff: { minMs: EVERY_MS, maxMs: 15_000 },
    log,
    async step() {
      const backlog = await readBacklog(db);
      telemetry.backlogRead(backlog);
      await writeReport(db, { process: 'relay', instance, report: { ...telemetry.report(), ...backlog, reads: newestVersions() } });
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
