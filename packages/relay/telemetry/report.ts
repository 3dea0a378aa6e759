/** Every two seconds: how far publishing is behind, for the metrics, and in process_reports for `relay status`. */
import { sql } from 'kysely';
import type { Database } from '@inventory/db/pool.ts';
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
      const report = JSON.stringify({ ...observer.report(), ...sample });
      await sql`
        INSERT INTO process_reports (process, instance, report) VALUES ('relay', ${instance}, ${report}::jsonb)
        ON CONFLICT (process, instance)
          DO UPDATE SET report = excluded.report, reported_at = clock_timestamp()`.execute(db);
      // Killed instances leave their row behind.
      await sql`
        DELETE FROM process_reports
        WHERE process = 'relay' AND reported_at < clock_timestamp() - interval '1 hour'`.execute(db);
      return 'idle';
    },
  });
  return {
    async stop() {
      await loop.stop();
      await db.deleteFrom('process_reports').where('process', '=', 'relay').where('instance', '=', instance).execute()
        .catch((error: unknown) => { log.debug('could not take the report back', { error }); });
    },
  };
}
