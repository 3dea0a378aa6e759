/** Verification that never ends: some products every few seconds, round and round, and again those that were wrong. */
import { logEpoch } from '@inventory/db/events.ts';
import type { Database } from '@inventory/db/pool.ts';
import type { Logger } from '@inventory/runtime/log.ts';
import type { StepOutcome } from '@inventory/runtime/loop.ts';
import type { Metrics } from '@inventory/runtime/metrics.ts';
import type { Redis } from '@inventory/runtime/redis.ts';
import { productIds } from '../rebuild/log-snapshot.ts';
import type { Divergence } from './verify.ts';
import { verifyProducts } from './verify.ts';

const SAMPLE = 100;
/** More than this is no longer a matter of single keys. */
const MAX_KNOWN = 1_000;
/** As many differences as a report shows. */
const MAX_SHOWN = 20;

/** What a projector has verified so far, as it stands in its report. */
export interface Verified {
  /** Of the last sample; null: none yet. */
  readonly at: string | null;
  /** When every product had been looked at once, and how many there were; null: not yet since the process started. */
  readonly round_at: string | null;
  readonly round_products: number | null;
  /** Products known to differ now, of at most 1 000, and the first differences. */
  readonly divergent_products: number;
  readonly differences: readonly Divergence[];
}

export interface Sampling {
  readonly step: () => Promise<StepOutcome>;
  readonly verified: () => Verified;
}

/** Creates the sampler of a process. Its step is for a loop. */
export function createSampling({ db, redis, metrics, log }: {
  readonly db: Database; readonly redis: Redis; readonly metrics: Metrics; readonly log: Logger;
}): Sampling {
  const known = new Map<string, readonly Divergence[]>();
  let after: string | undefined;
  let at: Date | undefined;
  let inRound = 0;
  let round: { readonly at: Date; readonly products: number } | undefined;
  const gauge = metrics.gauge({
    name: 'projection_divergence_keys', help: 'Products whose view is known to differ from the log; the only good value is 0',
  });
  const verifiedTotal = metrics.counter<'result'>({
    name: 'projector_verified_products_total', help: 'Products held against the log, by result: agrees, differs',
    labels: ['result'],
  });
  return {
    step: async () => {
      const epoch = await logEpoch(db);
      const next = await productIds(db, after, SAMPLE);
      const ids = [...new Set([...known.keys(), ...next])];
      const wrong = Map.groupBy(await verifyProducts({ db, redis }, epoch, ids), ({ product_id: id }) => id);
      for (const id of ids) if (!wrong.has(id)) known.delete(id);
      for (const [id, divergences] of wrong) {
        if (!known.has(id)) {
          if (known.size >= MAX_KNOWN) continue;
          for (const divergence of divergences) {
            log.error('the view differs from the log: projector verify --repair', { ...divergence });
          }
        }
        known.set(id, divergences);
      }
      gauge.set(known.size);
      verifiedTotal.inc({ result: 'agrees' }, ids.length - wrong.size);
      verifiedTotal.inc({ result: 'differs' }, wrong.size);
      at = new Date();
      inRound += next.length;
      if (next.length < SAMPLE) {
        round = { at, products: inRound };
        inRound = 0;
      }
      after = next.length < SAMPLE ? undefined : next.at(-1);
      return 'idle';
    },
    verified: () => ({
      at: at?.toISOString() ?? null,
      round_at: round?.at.toISOString() ?? null,
      round_products: round?.products ?? null,
      divergent_products: known.size,
      differences: [...known.values()].flat().slice(0, MAX_SHOWN),
    }),
  };
}
