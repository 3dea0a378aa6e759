/**
 * Makes views of what Postgres says. A fill takes its lease before it reads Postgres, and Redis declares the hash full
 * only if the lease still stands: a FLUSHALL in between, or an event that could not be read, takes it away.
 *
 * It needs the master, as reads do.
 */
import { randomUUID } from 'node:crypto';
import type { StoreAvailability } from '@inventory/domain/availability.ts';
import { runScript } from '@inventory/runtime/redis/scripts.ts';
import { encodeProduct, encodeStock, encodeStore } from '@inventory/view/codec.ts';
import type { ProductName } from '@inventory/view/codec.ts';
import { FILL_FIELD, PRODUCT_FIELD, productKey, storeNamesKey } from '@inventory/view/keys.ts';
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
  const { redis, run, hints } = deps;
  const { epoch } = hints;
  const nonce = randomUUID();
  const leased = epoch === 0 ? [] : await lease(deps, epoch, productIds, nonce);
  const snapshots = await readFromPostgres();
  const [first] = snapshots.values();
  if (hints.epoch === 0 && first !== undefined) hints.epoch = first.epoch;
  const writes = leased.map(async (id) => {
    const snapshot = snapshots.get(id);
    const key = productKey(epoch, id);
    const full = await run(() => (snapshot === undefined || snapshot.epoch === epoch
      ? fill(redis, epoch, key, nonce, snapshot)
      : redis.hdel(key, FILL_FIELD).then(() => false))).catch(() => false);
    return full ? [id] : [];
  });
  return { snapshots, filled: Promise.all(writes).then((ids) => new Set(ids.flat())) };
}

/** @returns the products that may be filled: none while Redis is away, and not one whose key holds something else */
async function lease(
  { redis, run }: ViewDeps, epoch: number, productIds: readonly string[], nonce: string,
): Promise<readonly string[]> {
  const leases = productIds.map((id) => run(() => runScript(redis, leaseScript.one, { keys: [productKey(epoch, id)], args: [nonce] })).then(() => [id], () => []));
  return (await Promise.all(leases)).flat();
}

async function fill(
  redis: ViewDeps['redis'], epoch: number, key: string, nonce: string, snapshot: ProductSnapshot | undefined,
): Promise<boolean> {
  const stores = snapshot?.stores ?? [];
  const names = stores.flatMap((s) => [s.store_id, encodeStore({ version: s.store_version, name: s.store_name })]);
  const product = snapshot === undefined ? [] : [PRODUCT_FIELD, encodeProduct(snapshot.product)];
  const fields = stores.flatMap((stock) => [stock.store_id, encodeStock(stock)]);
  const [, full] = await Promise.all([
    names.length > 0 && runScript(redis, applyScript.one, { keys: [storeNamesKey(epoch)], args: names }),
    runScript(redis, fillScript.one, { keys: [key], args: [nonce, ...product, ...fields] }),
  ]);
  return full === 1 || full === FULL_AND_MORE;
}
