/**
 * One product's availability from the best source that answers, with that source and its age:
 *
 *   a sealed view in Redis                          → cache, or no such product
 *   no view, or Redis away or slow                  → database, one statement for all requests at once
 *   Postgres away or its tables locked, but a view
 *   sealed ≤ 5 min ago                              → stale
 *   neither                                         → dependency_unavailable
 */
import type { Database } from '@inventory/db/pool.ts';
import { isPassing } from '@inventory/db/sqlstate.ts';
import { InventoryError } from '@inventory/domain/errors.ts';
import type { Logger } from '@inventory/runtime/log.ts';
import type { Metrics } from '@inventory/runtime/metrics.ts';
import { createPolicy, PolicyError } from '@inventory/runtime/policies.ts';
import type { Redis } from '@inventory/runtime/redis/link.ts';
import { sleep } from '@inventory/runtime/sleep.ts';
import { byTurns } from '../http/endpoint/by-turns.ts';
import { fillViews } from './fill.ts';
import { loadTogether } from './load-together.ts';
import { readSnapshots } from './snapshot.ts';
import type { DatedSnapshot } from './snapshot.ts';
import { createReadHints, readStaleView, readView } from './view.ts';
import type { StoreRow, ViewAbsent, ViewDeps, ViewHit } from './view.ts';

/**
 * Products that are read from Postgres: a statement's worth, statements at once, and half of that for one caller. Beyond so
 * many in hand, of one caller and of all, requests are refused.
 */
const DATABASE_READS = { together: 100, atOnce: 8, share: 400, ofCaller: 1_000, ofAll: 4_000 } as const;

export interface Availability {
  readonly product_id: string;
  readonly product_name: string;
  readonly stores: readonly StoreRow[];
  readonly as_of: Date;
  readonly source: 'cache' | 'database' | 'stale';
}

/** A version of a stock row that the reader knows: the answer to its own write named it. */
export interface MinVersion {
  readonly storeId: string;
  readonly version: number;
}

/** How long the view may take to show a write before Postgres is asked, and how often it is read meanwhile. */
const OWN_WRITE_WAIT = { patienceMs: 200, everyMs: 20 } as const;

function shows(
  { stores }: { readonly stores: readonly Pick<StoreRow, 'store_id' | 'version'>[] }, least: MinVersion | undefined,
): boolean {
  return least === undefined
    || stores.some(({ store_id: id, version }) => id === least.storeId && version >= least.version);
}

/**
 * @param caller whose share of the reads of Postgres it takes; 'anybody' where it is left out
 * @param of the stores that are wanted: the answer has their rows, and may have others; all where it is left out
 * @throws {InventoryError} dependency_unavailable, and validation_failed for a `least` that never was
 * @throws {PolicyError} bulkhead: too much waits, in all or of this caller
 */
export type ReadAvailability = (productId: string, how?: {
  readonly caller?: string | undefined; readonly least?: MinVersion | undefined; readonly of?: readonly string[] | undefined;
}) => Promise<Availability | undefined>;

/** The refusal of a version that Postgres does not know, either: nobody has written it, or the log was restored since. */
function neverWas({ storeId, version }: MinVersion): InventoryError {
  return new InventoryError('validation_failed', `The stock row in ${storeId} was never at version ${version}.`, {
    errors: [{ pointer: '/min_version', message: 'must be a version that the row has had' }],
  });
}

/** A product, and which of its stores are looked at in the view; undefined for all. */
interface Asked {
  readonly productId: string;
  readonly of: readonly string[] | undefined;
}

interface AvailabilityDeps {
  readonly db: Database;
  readonly redis: Redis;
  /** The epoch that the log is in, by name (packages/view/keys.ts). */
  readonly epoch: string;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** How long Redis may take, in ms; 200 where it is left out. A test whose counts matter sets more. */
  readonly redisTimeoutMs?: number;
}

/**
 * Makes the reader, with its own policies and its table of reads under way. The reader resolves with undefined for an
 * unknown product.
 */
export function createAvailabilityReader(deps: AvailabilityDeps): ReadAvailability {
  const { log, metrics } = deps;
  const requests = metrics.counter({
    name: 'cache_requests_total', help: 'Reads of availability by what the view answered', labels: ['result'],
  });
  const redisPolicy = createPolicy({
    name: 'redis-read', timeoutMs: deps.redisTimeoutMs ?? 200, breaker: { failures: 5, resetMs: 1000 }, isFailure: () => true,
    log, metrics,
  });
  const databasePolicy = createPolicy({
    name: 'postgres-read', timeoutMs: 4500, breaker: { failures: 5, resetMs: 1000 },
    isFailure: isPassing, log, metrics,
  });
  const view: ViewDeps = { redis: deps.redis, run: (roundTrip) => redisPolicy.execute(roundTrip), hints: createReadHints(deps.epoch) };
  const viewOf = loadTogether(async (asked: readonly Asked[], readers) => {
    try {
      return await readView(view, asked.map(({ productId }) => productId), asked.map(({ of }) => of));
    } catch (error) {
      // The breaker counts reads, not round trips.
      const others = Array.from({ length: readers - 1 }, () => redisPolicy.execute(() => Promise.reject(error)));
      await Promise.allSettled(others);
      throw error;
    }
  }, ({ productId, of }) => (of === undefined ? productId : `${productId}:${of.join()}`));
  const underWay = new Map<string, Promise<DatedSnapshot | undefined>>();

  const hit = async (asked: Asked): Promise<ViewHit | ViewAbsent | undefined> => {
    try {
      const result = await viewOf(asked);
      if (result.source !== 'miss') {
        requests.inc({ result: result.source === 'absent' ? 'absent' : 'hit' });
        return result;
      }
      requests.inc({ result: 'miss' });
    } catch {
      // The policy counts and logs the error; Postgres answers instead.
      requests.inc({ result: 'error' });
    }
    return undefined;
  };

  /** A product in Postgres; `filled` resolves with nothing, once its view is filled or cannot be. */
  interface Reading { readonly snapshot: DatedSnapshot | undefined; readonly filled: Promise<unknown> }

  const readDatabase = byTurns<string, Reading>({ name: 'postgres-read', ...DATABASE_READS }, async (productIds) => {
    const { snapshots, filled } = await databasePolicy.execute(() =>
      fillViews(view, productIds, () => readSnapshots(deps.db, productIds)));
    return productIds.map((id) => ({ snapshot: snapshots.get(id), filled }));
  });

  /**
   * A request that comes while a read is under way gets the answer of that read, which says as of when it is. The read is
   * under way until the view is filled: requests that missed the view just before would each read Postgres once more.
   */
  const fromDatabase = (productId: string, caller: string): Promise<DatedSnapshot | undefined> => {
    const known = underWay.get(productId);
    if (known !== undefined) return known;
    const read = readDatabase(productId, caller);
    const snapshot = read.then((answer) => answer.snapshot);
    underWay.set(productId, snapshot);
    // A turn later, so that misses come first that Redis answered together with the fill.
    const over = (): void => { setImmediate(() => underWay.delete(productId)); };
    read.then(({ filled }) => filled).then(over, () => underWay.delete(productId));
    return snapshot;
  };

  /** The view as soon as it shows the reader's own write; undefined where there is none, or it takes too long. */
  const hitShowing = async (asked: Asked, least: MinVersion | undefined) => {
    const until = performance.now() + OWN_WRITE_WAIT.patienceMs;
    for (;;) {
      const cached = await hit(asked);
      // An answer that there is no such product is older than the reader's write to it.
      if (cached === undefined || shows('stores' in cached ? cached : { stores: [] }, least)) return cached;
      if (performance.now() + OWN_WRITE_WAIT.everyMs > until) return undefined;
      await sleep(OWN_WRITE_WAIT.everyMs);
    }
  };

  const stale = async ({ productId, of }: Asked, least: MinVersion | undefined, cause: unknown): Promise<Availability> => {
    const [result] = await readStaleView(view, [productId], [of]).catch(() => []);
    // That there was no such product minutes ago is no answer: it could not show its age.
    if (result !== undefined && 'stores' in result && shows(result, least)) return result;
    throw new InventoryError('dependency_unavailable', 'Neither the database nor a recent view is to be had.', {
      retry_after_seconds: 1,
    }, cause);
  };

  return async (productId, { caller = 'anybody', least, of: stores } = {}) => {
    const asked: Asked = {
      productId, of: stores === undefined || least === undefined ? stores : [...new Set([...stores, least.storeId])],
    };
    const cached = await hitShowing(asked, least);
    if (cached?.source === 'absent') return undefined;
    if (cached !== undefined) return cached;
    try {
      // A read under way may have begun before the write that this one must show.
      const snapshot = least === undefined
        ? await fromDatabase(productId, caller) : (await readDatabase(productId, caller)).snapshot;
      if (snapshot === undefined) return undefined;
      if (least !== undefined && !shows(snapshot, least)) throw neverWas(least);
      return {
        product_id: productId, product_name: snapshot.product.name, as_of: snapshot.asOf, source: 'database',
        stores: snapshot.stores.map(({ store_version: _version, ...row }) => ({
          ...row, available: row.quantity - row.reserved,
        })),
      };
    } catch (error) {
      if (error instanceof PolicyError && error.kind === 'bulkhead') {
        metrics.policies.refusals.inc({ policy: error.policy, kind: error.kind });
        throw error;
      }
      if (error instanceof PolicyError || isPassing(error)) return stale(asked, least, error);
      throw error;
    }
  };
}
