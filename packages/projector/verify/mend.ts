/** Verifying and repairing in one go: what a rebuild, continuous verification and `verify --repair` have in common. */
import type { FillDeps } from '../view/fill.ts';
import { repairViews } from './repair.ts';
import type { Divergence } from './verify.ts';
import { verifyProducts } from './verify.ts';

/**
 * Verifies products, repairs what differs, and looks at the result. `settled` as in verifyProducts.
 * @returns what differed, and what still does
 */
export async function mendProducts(
  deps: FillDeps, epoch: string, ids: readonly string[], settled?: number,
): Promise<{ readonly differences: readonly Divergence[]; readonly remaining: readonly Divergence[] }> {
  const differences = ids.length === 0 ? [] : await verifyProducts(deps, epoch, ids, settled);
  if (differences.length === 0) return { differences, remaining: [] };
  await repairViews(deps, epoch, differences);
  const wrong = [...new Set(differences.map(({ product_id }) => product_id))];
  return { differences, remaining: await verifyProducts(deps, epoch, wrong, settled) };
}
