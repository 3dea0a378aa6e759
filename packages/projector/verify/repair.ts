/** Repairs what a verification has found. */
import type { Database } from '@inventory/db/pool.ts';
import { productKey } from '@inventory/view/keys.ts';
import { removeWrongScript } from '@inventory/view/scripts.ts';
import { runScripts } from '@inventory/runtime/redis/scripts.ts';
import { fillProducts } from '../view/fill.ts';
import type { FillDeps } from '../view/fill.ts';
import type { Divergence } from './verify.ts';

/**
 * Removes the wrong fields that still hold what was seen, and fills their products again under a lease. Until then the
 * products are answered from Postgres. An event that arrives in between finds no newer version in its way. Differences of
 * the kind `table` are Postgres' own, and stay. @returns how many products were filled
 */
export async function repairViews(deps: FillDeps, epoch: string, divergences: readonly Divergence[]): Promise<number> {
  const wrong = Map.groupBy(divergences.filter(({ kind }) => kind !== 'table'), ({ product_id }) => product_id);
  await runScripts(deps.redis, removeWrongScript, [...wrong].map(([productId, fields]) => ({
    keys: [productKey(epoch, productId)],
    args: fields.flatMap(({ field, found }) => (found === null ? [] : [field, found])),
  })));
  const ids = await existing(deps.db, [...wrong.keys()]);
  if (ids.length > 0) await fillProducts(deps, epoch, ids);
  return ids.length;
}

/** The ids that are products. */
export async function existing(db: Database, ids: readonly string[]): Promise<readonly string[]> {
  if (ids.length === 0) return [];
  return (await db.selectFrom('products').select('id').where('id', 'in', [...ids]).execute()).map(({ id }) => id);
}
