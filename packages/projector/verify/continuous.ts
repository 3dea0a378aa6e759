/** Continuous verification: some products every few seconds, round after round, and each time those that were wrong. */
import { logEpoch } from '@inventory/db/events.ts';
import type { Database } from '@inventory/db/pool.ts';
import type { Logger } from '@inventory/runtime/log.ts';
import type { StepOutcome } from '@inventory/runtime/loop.ts';
import type { Metrics } from '@inventory/runtime/metrics.ts';
import type { Redis } from '@inventory/runtime/redis/link.ts';
import { productIds } from '../rebuild/log-snapshot.ts';
import type { Divergence } from './verify.ts';
import { verifyProducts } from './verify.ts';

/** Products that one step looks at. */
const PRODUCTS_A_STEP = 100;
/** Wrong products that are remembered. More than these are not a matter of single keys. */
const MAX_KNOWN = 1_000;
/** Differences that a report shows. */
const MAX_SHOWN = 20;

/** What a projector has verified so far, for its report. */
export interface Verified {
  /** When the last step ended; null: none yet. */
  readonly at: string | null;
  /** When the last round through all products ended, and how many there were; null: none since the process started. */
  readonly round_at: string | null;
  readonly round_products: number | null;
  /** Products that are known to differ now, counted up to 1 000, and the first differences. */
  readonly divergent_products: number;
  readonly differences: readonly Divergence[];
}

export interface ContinuousVerification {
  readonly step: () => Promise<StepOutcome>;
  readonly verified: () => Verified;
}

/** The continuous verification of one process. Its step is for a loop. */
export function createContinuousVerification({ db, redis, metrics, log }: {
  readonly db: Database; readonly redis: Redis; readonly metrics: Metrics; readonly log: Logger;
}): ContinuousVerification {
  const known = new Map<string, readonly Divergence[]>();
  let after: string | undefined;
  let at: Date | undefined;
  let inRound = 0;
  let round: { readonly at: Date; readonly products: number } | undefined;
  const gauge = metrics.gauge({
    name: 'projection_divergence_keys', help: 'Products whose view is known to differ from the log; 0 is the only good value',
  });
  const verifiedTotal = metrics.counter<'result'>({
    name: 'projector_verified_products_total', help: 'Products that were compared with the log, by result: agrees, differs',
    labels: ['result'],
  });
  return {
    step: async () => {
      const epoch = await logEpoch(db);
      const next = await productIds(db, after, PRODUCTS_A_STEP);
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
      if (next.length < PRODUCTS_A_STEP) {
        round = { at, products: inRound };
        inRound = 0;
      }
      after = next.length < PRODUCTS_A_STEP ? undefined : next.at(-1);
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
