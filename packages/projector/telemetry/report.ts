/** What a projector reports of itself: gauges, and a report for those who ask Postgres (db/process-reports.ts). */
import type { Database } from '@inventory/db/pool.ts';
import { removeReport, writeReport } from '@inventory/db/process-reports.ts';
import { newestVersions } from '@inventory/domain/events-stored.ts';
import type { Versions } from '@inventory/domain/events-stored.ts';
import type { Metrics } from '@inventory/runtime/metrics.ts';
import type { StepOutcome } from '@inventory/runtime/loop.ts';
import type { Redis } from '@inventory/runtime/redis/link.ts';
import type { Consumption } from '../consume/consume.ts';
import type { ContinuousVerification, Verified } from '../verify/continuous.ts';
import type { Sealer } from '../seal/sealer.ts';
import type { ViewState } from '../view/state.ts';
import { readViewState } from '../view/state.ts';

interface ReporterDeps {
  readonly db: Database;
  readonly redis: Redis;
  readonly instance: string;
  readonly sealing: Sealer;
  readonly consumption: Consumption;
  readonly verification: ContinuousVerification;
  readonly metrics: Metrics;
}

/** The report as it is stored. Times are RFC 3339, ages in milliseconds. */
interface ProjectorReport extends ViewState {
  readonly outcome: string | null;
  readonly stream: { readonly created: string; readonly pending: number; readonly unacknowledged: number } | null;
  readonly last_rebuild: {
    readonly at: string; readonly result: string; readonly products: number; readonly open: number; readonly elapsed_ms: number;
  } | null;
  readonly verified: Verified;
  /** The newest version of each type of event that it reads. */
  readonly reads: Versions;
}

interface Reporter {
  /** One report; for a loop. */
  readonly step: () => Promise<StepOutcome>;
  /** Takes the report back, for a process that stops in good order. */
  readonly remove: () => Promise<void>;
}

export function createReporter(deps: ReporterDeps): Reporter {
  const { db, redis, instance, sealing, consumption, verification, metrics } = deps;
  let pending = 0;
  metrics.gauge({
    name: 'projector_seal_age_seconds',
    help: 'Age of the last seal of this process; another projector may have sealed since',
    collect: (gauge) => {
      const { sealedAtMs } = sealing.facts();
      if (sealedAtMs !== undefined) gauge.set(Math.max(0, sealing.databaseNowMs() - sealedAtMs) / 1000);
    },
  });
  const lag = metrics.gauge({ name: 'projector_lag_events', help: 'Positions between P and the newest position that was drawn' });
  metrics.gauge({
    name: 'projector_stream_pending', help: 'Messages that wait at the durable consumer, for all projectors together',
    collect: (gauge) => { gauge.set(pending); },
  });

  const streamFacts = async (): Promise<ProjectorReport['stream']> => {
    const bound = consumption.bound();
    if (bound === undefined) return null;
    const info = await bound.consumer.info();
    pending = info.num_pending;
    return { created: bound.created, pending: info.num_pending, unacknowledged: info.num_ack_pending };
  };

  return {
    step: async () => {
      const { lastRebuild, outcome } = sealing.facts();
      const [view, stream] = await Promise.all([
        // Without Redis, or a broker, the rest is reported all the same: a process that is silent is taken for gone.
        readViewState({ db, redis }).catch(() => readViewState({ db, redis: undefined })),
        streamFacts().catch(() => null),
      ]);
      if (view.position !== null) lag.set(Math.max(0, view.newest - view.position));
      const report: ProjectorReport = {
        ...view,
        outcome: outcome ?? null,
        stream,
        last_rebuild: lastRebuild === undefined ? null : {
          at: lastRebuild.at.toISOString(), result: lastRebuild.result, products: lastRebuild.products,
          open: lastRebuild.open, elapsed_ms: Math.round(lastRebuild.elapsedMs),
        },
        verified: verification.verified(),
        reads: newestVersions(),
      };
      await writeReport(db, { process: 'projector', instance, report });
      return 'idle';
    },
    remove: () => removeReport(db, { process: 'projector', instance }),
  };
}
