/**
 * Reads the view. A read asks for the watermark FIRST, then for the hash, then for the names of the stores, all on one
 * connection: hash and names are then at least as new as the watermark says. A hash is a view only with the field `#full`;
 * everything else is a miss with its cause, and Postgres answers (fill.ts).
 *
 * It needs the master: a replica may hold older hashes than a read that was made a moment ago.
 */
import { decodeProduct, decodeSeal, decodeStock, decodeStore } from '@inventory/view/codec.ts';
import {
  FILL_FIELD, FULL_FIELD, isStoreField, logOf, LAST_SEALED_KEY, MAX_CLOCK_SKEW_MS, PRODUCT_FIELD, productKey, storeNamesKey, WATERMARK_KEY,
} from '@inventory/view/keys.ts';
import type { StoreAvailability } from '@inventory/domain/availability.ts';
import type { Seal } from '@inventory/view/codec.ts';
import { createBoundedMap } from '@inventory/runtime/bounded-map.ts';
import type { BoundedMap } from '@inventory/runtime/bounded-map.ts';
import { isWrongType } from '@inventory/runtime/redis/scripts.ts';
import type { Redis } from '@inventory/runtime/redis/link.ts';

export interface ViewDeps {
  /** A connection that puts the commands of one turn of the event loop on the wire together. */
  readonly redis: Redis;
  /** Runs one round trip, within the caller's breaker and time limit. */
  readonly run: <T>(roundTrip: () => Promise<T>) => Promise<T>;
  readonly hints: ReadHints;
}

/** What the last reads saw: guesses that save round trips, checked at every read. */
interface ReadHints {
  /** The epoch of the last watermark of this log; at first the epoch that the log is in. */
  epoch: string;
  /** The stores of each product: their names are asked for together with its hash. */
  readonly stores: BoundedMap<string, readonly string[]>;
}

/** Products whose stores are remembered, and how many stores such a product may have: a few MB in all. */
const MAX_REMEMBERED = 5_000;
const MAX_STORES_REMEMBERED = 32;

export function createReadHints(epoch: string): ReadHints {
  return { epoch, stores: createBoundedMap(MAX_REMEMBERED) };
}

export interface StoreRow {
  readonly store_id: string;
  readonly store_name: string;
  readonly quantity: number;
  readonly reserved: number;
  readonly available: number;
  readonly version: number;
}

export interface ViewHit {
  readonly source: 'cache' | 'stale';
  /** Everything that was committed by then is in the answer, which may hold later changes too. */
  readonly as_of: Date;
  readonly product_id: string;
  readonly product_name: string;
  readonly archived: boolean;
  /** In the order of store_id, by code points. */
  readonly stores: readonly StoreRow[];
}

type ViewMissCause =
  /** No projector of this log has sealed within the last two seconds (`last_sealed`: five minutes). */
  | 'no_watermark'
  /** There is nothing for the product. */
  | 'absent'
  /** Some of its stores may be missing. */
  | 'not_full'
  | 'no_product_name'
  | 'no_store_name'
  /** A field that no projector writes, or a value that is malformed: never read as a number. */
  | 'unknown_field'
  | 'corrupt';

interface ViewMiss {
  readonly source: 'miss';
  readonly product_id: string;
  readonly cause: ViewMissCause;
}

/** The sealed view says that there is no such product. */
export interface ViewAbsent {
  readonly source: 'absent';
  readonly product_id: string;
}

type ViewResult = ViewHit | ViewAbsent | ViewMiss;

/** For each of some products, the stores that are wanted; undefined where all are. */
type Wanted = readonly (readonly string[] | undefined)[];

/**
 * The views of some products, each a hit or a miss, in the order asked for. One round trip; two where the stores of a
 * product are not those of the last read, three where the epoch has changed since.
 * @param wanted reads only the fields of these stores: what a product has elsewhere costs nothing then
 * @throws the error of `run` or of Redis: Redis is away
 */
export function readView(deps: ViewDeps, productIds: readonly string[], wanted: Wanted = []): Promise<readonly ViewResult[]> {
  return readSealed(deps, productIds, wanted, 'cache');
}

/**
 * The same by `last_sealed`, which may be five minutes old: only where Postgres does not answer.
 * @throws as readView does
 */
export function readStaleView(deps: ViewDeps, productIds: readonly string[], wanted: Wanted = []): Promise<readonly ViewResult[]> {
  return readSealed(deps, productIds, wanted, 'stale');
}

type Hash = Readonly<Record<string, string>>;
type Parsed = Pick<ViewHit, 'product_id' | 'archived' | 'product_name'> & {
  readonly stores: readonly (StoreAvailability & { readonly store_id: string })[];
};

interface Raw {
  readonly seal: Seal | undefined;
  /** 'corrupt' where the key holds something other than a hash. */
  readonly hashes: readonly (Hash | 'corrupt')[];
  /** The names of the guessed stores; null where there is no such store. */
  readonly names: Names;
}
type Names = Map<string, string | null>;

async function readSealed(
  deps: ViewDeps, productIds: readonly string[], wanted: Wanted, source: ViewHit['source'],
): Promise<readonly ViewResult[]> {
  const sealKey = source === 'cache' ? WATERMARK_KEY : LAST_SEALED_KEY;
  const guess = deps.hints.epoch;
  let { seal, hashes, names } = await readRaw(deps, sealKey, guess, productIds, wanted);
  // Two systems that share a Redis by mistake: the other one's view says nothing about this log.
  if (seal !== undefined && logOf(seal.epoch) !== logOf(guess)) seal = undefined;
  if (seal !== undefined && seal.epoch !== guess) {
    const { epoch } = seal;
    deps.hints.epoch = epoch;
    ({ seal, hashes, names } = await readRaw(deps, sealKey, epoch, productIds, wanted));
    if (seal?.epoch !== epoch) seal = undefined;
  }
  if (seal === undefined) return productIds.map((product_id) => miss(product_id, 'no_watermark'));

  const parsed = productIds.map((id, index) => parseHash(id, hashes[index] ?? {}));
  await readOtherNames(deps, seal.epoch, parsed, names);
  const asOf = new Date(seal.atMs);
  return parsed.map((product) => ('source' in product ? product : withNames(product, names, source, asOf)));
}

/** A malformed seal counts as none, and so does one from the future: nobody can have written it in good faith. */
function sealOf(text: string | null): Seal | undefined {
  try {
    const seal = text === null ? undefined : decodeSeal(text);
    return seal !== undefined && seal.atMs > Date.now() + MAX_CLOCK_SKEW_MS ? undefined : seal;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Seal, hashes and names, asked for in one turn, so that they go over one connection in this order. */
function readRaw(deps: ViewDeps, sealKey: string, epoch: string, productIds: readonly string[], wanted: Wanted): Promise<Raw> {
  const { redis, hints } = deps;
  return deps.run(async () => {
    const text = redis.get(sealKey).catch(noneOrThrow);
    const hashes = productIds.map((id, nth) => readHash(redis, productKey(epoch, id), wanted[nth]).catch(corruptOrThrow));
    const guessed = [...new Set(productIds.flatMap((id, nth) => wanted[nth] ?? hints.stores.get(id) ?? []))];
    const texts = guessed.length === 0 ? [] : namesOf(redis, epoch, guessed);
    const [seal, found, names] = await Promise.all([text, Promise.all(hashes), texts]);
    return { seal: sealOf(seal), hashes: found, names: new Map(guessed.map((id, nth) => [id, names?.[nth] ?? null])) };
  });
}

/** A hash, or of it what is said of the product and of these stores. */
function readHash(redis: Redis, key: string, stores: readonly string[] | undefined): Promise<Hash> {
  if (stores === undefined) return redis.hgetall(key);
  const fields = [FULL_FIELD, PRODUCT_FIELD, ...stores];
  return redis.hmget(key, ...fields).then((texts) => {
    const hash: Record<string, string> = {};
    fields.forEach((field, nth) => {
      const text = texts[nth];
      if (text !== null && text !== undefined) hash[field] = text;
    });
    // No name: only the whole hash tells a product that does not exist from one whose name is lost.
    return hash[FULL_FIELD] !== undefined && hash[PRODUCT_FIELD] === undefined ? redis.hgetall(key) : hash;
  });
}

/** A key of another type must not fail the reads that are made together with it. */
function corruptOrThrow(error: unknown): 'corrupt' {
  if (isWrongType(error)) return 'corrupt';
  throw error;
}

function noneOrThrow(error: unknown): null {
  if (isWrongType(error)) return null;
  throw error;
}

/** The names of some stores, in their order; null where no key holds names. */
function namesOf(redis: Redis, epoch: string, ids: readonly string[]): Promise<readonly (string | null)[] | null> {
  return redis.hmget(storeNamesKey(epoch), ...ids).catch(noneOrThrow);
}

function parseHash(productId: string, hash: Hash | 'corrupt'): Parsed | ViewAbsent | ViewMiss {
  if (hash === 'corrupt') return miss(productId, 'corrupt');
  const productText = hash[PRODUCT_FIELD];
  const fields = Object.keys(hash);
  if (hash[FULL_FIELD] === undefined) return miss(productId, fields.length === 0 ? 'absent' : 'not_full');
  const storeIds = fields.filter((field) => field !== FULL_FIELD && field !== FILL_FIELD && field !== PRODUCT_FIELD);
  if (productText === undefined) {
    return storeIds.length === 0 ? { source: 'absent', product_id: productId } : miss(productId, 'no_product_name');
  }
  if (!storeIds.every(isStoreField)) return miss(productId, 'unknown_field');
  try {
    const { name, archived } = decodeProduct(productText);
    const stores = storeIds.sort().map((store_id) => ({ store_id, ...decodeStock(hash[store_id] ?? '') }));
    return { product_id: productId, product_name: name, archived, stores };
  } catch (error) {
    if (error instanceof RangeError) return miss(productId, 'corrupt');
    throw error;
  }
}

/** Adds the names that were not guessed, and remembers the stores of each product. */
async function readOtherNames(
  deps: ViewDeps, epoch: string, products: readonly (Parsed | ViewAbsent | ViewMiss)[], names: Names,
): Promise<void> {
  const { stores: remembered } = deps.hints;
  const others = new Set<string>();
  for (const product of products) {
    if ('source' in product) continue;
    const before = others.size;
    for (const { store_id } of product.stores) if (!names.has(store_id)) others.add(store_id);
    if (others.size === before || product.stores.length > MAX_STORES_REMEMBERED) continue;
    remembered.set(product.product_id, product.stores.map(({ store_id }) => store_id));
  }
  if (others.size === 0) return;
  const ids = [...others];
  const texts = await deps.run(() => namesOf(deps.redis, epoch, ids));
  ids.forEach((id, nth) => names.set(id, texts?.[nth] ?? null));
}

function withNames(
  { stores, ...product }: Parsed, names: Names, source: ViewHit['source'], asOf: Date,
): ViewResult {
  const rows: StoreRow[] = [];
  for (const { store_id, quantity, reserved, version } of stores) {
    const text = names.get(store_id);
    if (text === undefined || text === null) return miss(product.product_id, 'no_store_name');
    try {
      const store_name = decodeStore(text).name;
      rows.push({ store_id, store_name, quantity, reserved, available: quantity - reserved, version });
    } catch (error) {
      if (error instanceof RangeError) return miss(product.product_id, 'corrupt');
      throw error;
    }
  }
  return { source, as_of: asOf, ...product, stores: rows };
}

function miss(product_id: string, cause: ViewMissCause): ViewMiss {
  return { source: 'miss', product_id, cause };
}
