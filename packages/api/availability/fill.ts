/**
 * Makes views of what Postgres says. A fill takes its lease before it reads Postgres, and Redis declares the hash full
 * only if the lease still stands: a FLUSHALL in between, or an event that could not be read, takes it away.
 *
 * It needs the master, as reads do.
 */
import { randomUUID } from 'node:crypto';
import type { StoreAvailability } from '@inventory/domain/availability.ts';
import { runForKeys, runScript } from '@inventory/runtime/redis/scripts.ts';
import { encodeProduct, encodeStock, encodeStore } from '@inventory/view/codec.ts';
import type { ProductName } from '@inventory/view/codec.ts';
import { FILL_FIELD, numberOf, PRODUCT_FIELD, productKey, storeNamesKey } from '@inventory/view/keys.ts';
import { applyScript, fillScript, FULL_AND_MORE, leaseScript } from '@inventory/view/scripts.ts';
import type { ViewDeps } from './view.ts';

/** One product in Postgres, of one instant: the epoch, its name and all of its stock rows. */
export interface ProductSnapshot {
  readonly epoch: number;
  readonly product: ProductName;
  readonly stores: readonly (StoreAvailability & {
    readonly store_id: string; readonly store_name: string; readonly store_version: number;
  })[];
}

interface Filled<S> {
  /** What was read, by product; without those that do not exist. */
  readonly snapshots: ReadonlyMap<string, S>;
  /** The products whose hash is a view now. Never rejects; an answer need not wait for it. */
  readonly filled: Promise<ReadonlySet<string>>;
}

/**
 * Reads products from Postgres and makes their hashes views. Where Redis is away, the reading is returned all the same.
 * `readFromPostgres` must begin its statement after it was called, on the primary.
 * @throws the error of `readFromPostgres`
 */
export async function fillViews<S extends ProductSnapshot>(
  deps: ViewDeps, productIds: readonly string[], readFromPostgres: () => Promise<ReadonlyMap<string, S>>,
): Promise<Filled<S>> {
  const { hints } = deps;
  const { epoch } = hints;
  const nonce = randomUUID();
  const leased = await lease(deps, epoch, productIds, nonce) ? productIds : [];
  const snapshots = await readFromPostgres();
  return { snapshots, filled: fill(deps, epoch, nonce, leased, snapshots) };
}

/**
 * All leases are one round trip and one call of the policy, because one each takes the time of everybody else [a list of a
 * hundred products that Postgres does not know: 200 of each for leases and fills, 2 this way].
 * @returns whether the products may be filled: not while Redis is away
 */
function lease(
  { redis, run }: ViewDeps, epoch: string, productIds: readonly string[], nonce: string,
): Promise<boolean> {
  const calls = productIds.map((id) => ({ key: productKey(epoch, id), args: [nonce] }));
  return run(() => runForKeys(redis, leaseScript, calls)).then(() => true, () => false);
}

/**
 * Ends the leases of some products, all in one round trip as well. What Postgres says of another epoch is not written.
 * @returns the products whose hash is a view now. Never rejects
 */
async function fill(
  { redis, run }: ViewDeps, epoch: string, nonce: string, leased: readonly string[],
  snapshots: ReadonlyMap<string, ProductSnapshot>,
): Promise<ReadonlySet<string>> {
  if (leased.length === 0) return new Set();
  const isOurs = (id: string): boolean => (snapshots.get(id)?.epoch ?? numberOf(epoch)) === numberOf(epoch);
  const [ours, others] = [leased.filter(isOurs), leased.filter((id) => !isOurs(id))];
  const stores = new Map(ours.flatMap((id) => snapshots.get(id)?.stores ?? []).map((store) => [store.store_id, store]));
  const names = [...stores.values()].flatMap((s) => [s.store_id, encodeStore({ version: s.store_version, name: s.store_name })]);
  const fills = ours.map((id) => ({ key: productKey(epoch, id), args: [nonce, ...fieldsOf(snapshots.get(id))] }));
  const answers = await run(async () => {
    const [, full] = await Promise.all([
      names.length > 0 && runScript(redis, applyScript.one, { keys: [storeNamesKey(epoch)], args: names }),
      runForKeys(redis, fillScript, fills),
      ...others.map((id) => redis.hdel(productKey(epoch, id), FILL_FIELD)),
    ]);
    return full;
  }).catch(() => []);
  return new Set(ours.filter((_id, nth) => answers[nth] === 1 || answers[nth] === FULL_AND_MORE));
}

/** The fields of a hash; none where there is no such product. */
function fieldsOf(snapshot: ProductSnapshot | undefined): readonly string[] {
  if (snapshot === undefined) return [];
  return [PRODUCT_FIELD, encodeProduct(snapshot.product), ...snapshot.stores.flatMap((stock) => [stock.store_id, encodeStock(stock)])];
}
