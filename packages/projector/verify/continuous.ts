/**
 * Continuous verification: some products every few seconds, round after round, and each time those that were wrong. What
 * differs is repaired at once; what differs afterwards, too, is counted until it does not.
 */
import { logEpochName } from '@inventory/db/events.ts';
import type { Database } from '@inventory/db/pool.ts';
import type { Logger } from '@inventory/runtime/log.ts';
import type { StepOutcome } from '@inventory/runtime/loop.ts';
import type { Metrics } from '@inventory/runtime/metrics.ts';
import type { Redis } from '@inventory/runtime/redis/link.ts';
import { productIds } from '../view/log-snapshot.ts';
import type { Divergence } from './verify.ts';
import { mendProducts } from './mend.ts';

/** Products that one step looks at. */
const PRODUCTS_A_STEP = 100;
/** Wrong products that are remembered. More than these are not a matter of single keys. */
const MAX_KNOWN = 1_000;
/** Differences that a report shows. */
const MAX_SHOWN = 20;

const byProduct = ({ product_id: id }: Divergence): string => id;

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
  const mendedTotal = metrics.counter({
    name: 'projector_mended_products_total', help: 'Products whose view differed from the log, and was repaired by this process',
  });
  return {
    step: async () => {
      const epoch = await logEpochName(db);
      const next = await productIds(db, after, PRODUCTS_A_STEP);
      const ids = [...new Set([...known.keys(), ...next])];
      const { differences, remaining } = await mendProducts({ db, redis, log }, epoch, ids);
      const wrong = Map.groupBy(differences, byProduct);
      const left = Map.groupBy(remaining, byProduct);
      for (const [id, divergences] of wrong) {
        if (known.has(id)) continue;
        const message = left.has(id) ? 'the view differs from the log: projector verify --repair' : 'the view differed from the log, and was repaired';
        for (const divergence of divergences) log.error(message, { ...divergence });
      }
      for (const id of ids) if (!left.has(id)) known.delete(id);
      for (const [id, divergences] of left) if (known.has(id) || known.size < MAX_KNOWN) known.set(id, divergences);
      gauge.set(known.size);
      verifiedTotal.inc({ result: 'agrees' }, ids.length - wrong.size);
      verifiedTotal.inc({ result: 'differs' }, wrong.size);
      mendedTotal.inc(wrong.size - left.size);
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
