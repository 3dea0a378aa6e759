/**
 * Reading the view, and filling it where it is not one.
 *
 * A read asks for the watermark FIRST and for the hash behind it, on one connection: whatever the hash holds is then at
 * least as new as the watermark says. A hash is a view only under `#full`; everything else is a miss with its cause,
 * and the answer comes from Postgres. A fill takes its lease before it reads Postgres, and Redis declares the hash full
 * only if the lease still stands: a FLUSHALL in between, or an event that could not be read, takes it away.
 *
 * Both need the masters: a replica may hold a newer watermark than its hashes only by a fault, but it may hold older
 * hashes than a read made a moment ago.
 */
import { randomUUID } from 'node:crypto';
import {
  APPLY_LUA, FILL_FIELD, FILL_LUA, FULL_FIELD, LAST_SEALED_KEY, PRODUCT_FIELD, WATERMARK_KEY,
  decodeProduct, decodeSeal, decodeStock, decodeStore, encodeProduct, encodeStock, encodeStore,
  isStoreField, productKey, storeNamesKey,
} from '@inventory/domain/availability.ts';
import type { ProductName, Seal, StoreAvailability } from '@inventory/domain/availability.ts';
import type { Redis } from '@inventory/runtime/redis.ts';

export interface ViewDeps {
  /** A connection that puts the commands of one turn of the event loop on the wire together. */
  readonly redis: Redis;
  /** Runs one round trip: where the caller's breaker and timeout stand. */
  readonly run: <T>(roundTrip: () => Promise<T>) => Promise<T>;
  /** The epoch that the last watermark named: a guess that saves a round trip, checked at every read. 0: none yet. */
  readonly seen: { epoch: number };
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
  /** Everything that was committed by then is in the answer; it may hold later changes too. */
  readonly as_of: Date;
  readonly product_id: string;
  readonly product_name: string;
  readonly archived: boolean;
  /** By store_id, in code point order. */
  readonly stores: readonly StoreRow[];
}

export type ViewMissCause =
  /** No projector has sealed within the last two seconds (`last_sealed`: five minutes). */
  | 'no_watermark'
  /** Nothing is there for the product. */
  | 'absent'
  /** Some of its stores may be missing. */
  | 'not_full'
  | 'no_product_name'
  | 'no_store_name'
  /** A field that no projector writes, or a value that is none: never read as a number. */
  | 'unknown_field'
  | 'corrupt';

export interface ViewMiss {
  readonly source: 'miss';
  readonly product_id: string;
  readonly cause: ViewMissCause;
}

/** The sealed view says that there is no such product. */
export interface ViewAbsent {
  readonly source: 'absent';
  readonly product_id: string;
}

export type ViewResult = ViewHit | ViewAbsent | ViewMiss;

/**
 * The views of some products, each a hit or a miss, in the order asked for. Two round trips, three where the epoch has
 * changed since the last read.
 * @throws what `run` or Redis throws: Redis is away
 */
export function readView(deps: ViewDeps, productIds: readonly string[]): Promise<readonly ViewResult[]> {
  return readSealed(deps, productIds, 'cache');
}

/**
 * The same by `last_sealed`, up to five minutes old: only for when Postgres does not answer.
 * @throws like readView
 */
export function readStaleView(deps: ViewDeps, productIds: readonly string[]): Promise<readonly ViewResult[]> {
  return readSealed(deps, productIds, 'stale');
}

type Hash = Readonly<Record<string, string>>;
type Parsed = Pick<ViewHit, 'product_id' | 'archived' | 'product_name'> & {
  readonly stores: readonly (StoreAvailability & { readonly store_id: string })[];
};

async function readSealed(
  deps: ViewDeps, productIds: readonly string[], source: ViewHit['source'],
): Promise<readonly ViewResult[]> {
  const sealKey = source === 'cache' ? WATERMARK_KEY : LAST_SEALED_KEY;
  const guess = deps.seen.epoch;
  let [text, hashes] = await readHashes(deps, sealKey, guess, productIds);
  let seal = sealOf(text);
  if (seal !== undefined && seal.epoch !== guess) {
    deps.seen.epoch = seal.epoch;
    [text, hashes] = await readHashes(deps, sealKey, seal.epoch, productIds);
    const again = sealOf(text);
    seal = again?.epoch === seal.epoch ? again : undefined;
  }
  if (seal === undefined) return productIds.map((product_id) => miss(product_id, 'no_watermark'));

  const parsed = productIds.map((id, index) => parseHash(id, hashes[index] ?? {}));
  const names = await readStoreNames(deps, seal.epoch, parsed);
  const { atMs } = seal;
  return parsed.map((product) => ('source' in product ? product : withNames(product, names, source, new Date(atMs))));
}

/** A seal that cannot be read vouches for nothing. */
function sealOf(text: string | null): Seal | undefined {
  try {
    return text === null ? undefined : decodeSeal(text);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** The seal and the hashes, asked for in this order in one turn, so that they go over one connection in this order. */
function readHashes(
  deps: ViewDeps, sealKey: string, epoch: number, productIds: readonly string[],
): Promise<[string | null, readonly Hash[]]> {
  return deps.run(() => {
    const seal = deps.redis.get(sealKey);
    const hashes = epoch === 0 ? [] : productIds.map((id) => deps.redis.hgetall(productKey(epoch, id)));
    return Promise.all([seal, Promise.all(hashes)]);
  });
}

function parseHash(productId: string, hash: Hash): Parsed | ViewAbsent | ViewMiss {
  const { [FULL_FIELD]: full, [FILL_FIELD]: _lease, [PRODUCT_FIELD]: productText, ...fields } = hash;
  if (full === undefined) return miss(productId, Object.keys(hash).length === 0 ? 'absent' : 'not_full');
  if (productText === undefined) {
    return Object.keys(fields).length === 0 ? { source: 'absent', product_id: productId } : miss(productId, 'no_product_name');
  }
  if (!Object.keys(fields).every(isStoreField)) return miss(productId, 'unknown_field');
  try {
    const { name, archived } = decodeProduct(productText);
    const stores = Object.entries(fields)
      .map(([store_id, text]) => ({ store_id, ...decodeStock(text) }))
      .sort((a, b) => (a.store_id < b.store_id ? -1 : 1));
    return { product_id: productId, product_name: name, archived, stores };
  } catch (error) {
    if (error instanceof RangeError) return miss(productId, 'corrupt');
    throw error;
  }
}

async function readStoreNames(
  deps: ViewDeps, epoch: number, products: readonly (Parsed | ViewAbsent | ViewMiss)[],
): Promise<ReadonlyMap<string, string>> {
  const ids = [...new Set(products.flatMap((p) => ('source' in p ? [] : p.stores.map(({ store_id }) => store_id))))];
  if (ids.length === 0) return new Map();
  const texts = await deps.run(() => deps.redis.hmget(storeNamesKey(epoch), ...ids));
  return new Map(ids.flatMap((id, index) => {
    const text = texts[index];
    return text === null || text === undefined ? [] : [[id, text]];
  }));
}

function withNames(
  { stores, ...product }: Parsed, names: ReadonlyMap<string, string>, source: ViewHit['source'], asOf: Date,
): ViewResult {
  const rows: StoreRow[] = [];
  for (const { store_id, quantity, reserved, version } of stores) {
    const text = names.get(store_id);
    if (text === undefined) return miss(product.product_id, 'no_store_name');
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

/** What Postgres says about one product, in ONE statement: its epoch, its name and every stock row that it has. */
export interface ProductSnapshot {
  readonly epoch: number;
  readonly product: ProductName;
  readonly stores: readonly (StoreAvailability & {
    readonly store_id: string; readonly store_name: string; readonly store_version: number;
  })[];
}

export interface Filled<S> {
  /** What was read; undefined: there is no such product. */
  readonly snapshot: S | undefined;
  /** Whether the hash is a view now. Never rejects, and need not be waited for before answering. */
  readonly filled: Promise<boolean>;
}

/**
 * Reads a product from Postgres and makes its hash a view. Redis may be away: the reading is returned all the same.
 * `readFromPostgres` must begin its statement after it was called, on the primary.
 * @throws what `readFromPostgres` throws
 */
export async function fillView<S extends ProductSnapshot>(
  deps: ViewDeps, productId: string, readFromPostgres: () => Promise<S | undefined>,
): Promise<Filled<S>> {
  const { epoch } = deps.seen;
  const nonce = randomUUID();
  const key = productKey(epoch, productId);
  const leased = epoch !== 0 && await deps.run(() => deps.redis.hset(key, FILL_FIELD, nonce)).then(() => true, () => false);
  const snapshot = await readFromPostgres();
  if (deps.seen.epoch === 0 && snapshot !== undefined) deps.seen.epoch = snapshot.epoch;
  if (!leased) return { snapshot, filled: Promise.resolve(false) };
  const write = snapshot === undefined || snapshot.epoch === epoch
    ? () => fill(deps.redis, epoch, productId, nonce, snapshot)
    : () => deps.redis.hdel(key, FILL_FIELD).then(() => false);
  return { snapshot, filled: deps.run(write).catch(() => false) };
}

async function fill(
  redis: Redis, epoch: number, productId: string, nonce: string, snapshot: ProductSnapshot | undefined,
): Promise<boolean> {
  const stores = snapshot?.stores ?? [];
  const names = stores.flatMap((s) => [s.store_id, encodeStore({ version: s.store_version, name: s.store_name })]);
  const product = snapshot === undefined ? [] : [PRODUCT_FIELD, encodeProduct(snapshot.product)];
  const fields = stores.flatMap((stock) => [stock.store_id, encodeStock(stock)]);
  const [, full] = await Promise.all([
    names.length > 0 && redis.eval(APPLY_LUA, 1, storeNamesKey(epoch), ...names),
    redis.eval(FILL_LUA, 1, productKey(epoch, productId), nonce, ...product, ...fields),
  ]);
  return full === 1;
}
