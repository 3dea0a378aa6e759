/**
 * The availability view in Redis: its keys, its fields, and the Lua that alone may write them.
 *
 * One hash a product, one field a store, its value `version:quantity:reserved`. A field is written only over an older
 * version, so redelivery, several projectors and a rebuild at the same time need no coordination. Fields that begin
 * with # are the view's own (no store id can): `#full` says that the hash lists every store, without it the hash is
 * not a view; `#fill` is the lease of whoever is filling it; `#product` is `version:archived:name`. `#full` alone says that
 * there is no such product: its first event would put `#product` beside it.
 *
 * `watermark` and `last_sealed` carry no epoch in their names: their value, `epoch:milliseconds`, tells readers which
 * epoch's keys to read. Keys that one script touches share a hash tag, so that Redis Cluster can carry them.
 */
import { isSubjectToken } from './values.ts';

export const WATERMARK_KEY = 'v1:{availability}:watermark';
export const LAST_SEALED_KEY = 'v1:{availability}:last_sealed';
/** A watermark older than this is none: the answer then comes from Postgres. */
export const WATERMARK_TTL_MS = 2_000;
/** A hash that says only that there is no such product goes by itself: anybody can make up an id. */
export const ABSENT_TTL_SECONDS = 30;
/** How long a sealed view may still be served, as stale, while Postgres does not answer. */
export const LAST_SEALED_TTL_MS = 300_000;

export const FULL_FIELD = '#full';
export const FILL_FIELD = '#fill';
export const PRODUCT_FIELD = '#product';

export function productKey(epoch: number, productId: string): string {
  return `v1:${epoch}:product:availability:{${productId}}`;
}
/** A hash: store id → `version:name`. */
export function storeNamesKey(epoch: number): string {
  return `v1:${epoch}:stores`;
}
/** P of DESIGN §8: every event up to this position is in the view. */
export function positionKey(epoch: number): string {
  return `v1:${epoch}:{availability}:position`;
}
/** The run_id and master_replid that the view was built on: another one means that Redis may have lost writes. */
export function sourceKey(epoch: number): string {
  return `v1:${epoch}:{availability}:source`;
}

/** Stands while one rebuild is under way; gone at its end means that Redis was emptied meanwhile. */
export function rebuildKey(epoch: number, nonce: string): string {
  return `v1:${epoch}:{availability}:rebuild:${nonce}`;
}
/** How far the last rebuild has come that did not end. */
export function checkpointKey(epoch: number): string {
  return `v1:${epoch}:{availability}:rebuilding`;
}

export interface StoreAvailability {
  readonly quantity: number;
  readonly reserved: number;
  readonly version: number;
}

const FIELD = /^([1-9]\d{0,9}):(\d{1,10}):(\d{1,10})$/;

export function encodeStock(stock: StoreAvailability): string {
  return `${stock.version}:${stock.quantity}:${stock.reserved}`;
}
/** @throws {RangeError} when the text is not a field of the view: corruption is never read as a number */
export function decodeStock(text: string): StoreAvailability {
  const [, version, quantity, reserved] = FIELD.exec(text) ?? [];
  if (version === undefined || quantity === undefined || reserved === undefined) {
    throw new RangeError(`not an availability field: ${JSON.stringify(text)}`);
  }
  return { version: Number(version), quantity: Number(quantity), reserved: Number(reserved) };
}

export interface ProductName { readonly version: number; readonly archived: boolean; readonly name: string }

export function encodeProduct(product: ProductName): string {
  return `${product.version}:${product.archived ? 1 : 0}:${product.name}`;
}
/** @throws {RangeError} when the text is not a product field */
export function decodeProduct(text: string): ProductName {
  const [, version, archived, name] = /^([1-9]\d{0,9}):([01]):([\s\S]+)$/.exec(text) ?? [];
  if (version === undefined || name === undefined) throw new RangeError(`not a product field: ${JSON.stringify(text)}`);
  return { version: Number(version), archived: archived === '1', name };
}

export interface StoreName { readonly version: number; readonly name: string }

export function encodeStore(store: StoreName): string {
  return `${store.version}:${store.name}`;
}
/** @throws {RangeError} when the text is not a store field */
export function decodeStore(text: string): StoreName {
  const [, version, name] = /^([1-9]\d{0,9}):([\s\S]+)$/.exec(text) ?? [];
  if (version === undefined || name === undefined) throw new RangeError(`not a store field: ${JSON.stringify(text)}`);
  return { version: Number(version), name };
}

export interface Seal { readonly epoch: number; readonly atMs: number }

export function encodeSeal(seal: Seal): string {
  return `${seal.epoch}:${seal.atMs}`;
}
/** @throws {RangeError} when the text is not a seal */
export function decodeSeal(text: string): Seal {
  const [, epoch, atMs] = /^([1-9]\d{0,9}):(\d{13})$/.exec(text) ?? [];
  if (epoch === undefined || atMs === undefined) throw new RangeError(`not a seal: ${JSON.stringify(text)}`);
  return { epoch: Number(epoch), atMs: Number(atMs) };
}

/** A hash's own fields apart from its stores; store fields that no store could have are left out by the caller's verify. */
export function isStoreField(field: string): boolean {
  return isSubjectToken(field);
}

/**
 * Writes fields whose version is newer than what stands there.
 * KEYS[1] the hash; ARGV: field, value, field, value, … (a value begins with its version and a colon).
 * Returns the version that the last field had before (0: it was not there), or -1 when it was as new.
 */
export const APPLY_LUA = `
local before = -1
for i = 1, #ARGV, 2 do
  local now = redis.call('HGET', KEYS[1], ARGV[i])
  local new = tonumber(string.match(ARGV[i + 1], '^%d+'))
  local old = now and tonumber(string.match(now, '^%d+')) or 0
  before = -1
  if not now or old < new then
    redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
    before = old
  end
end
return before
`;

/** Takes the lease of a fill, before its reading. KEYS[1] the hash; ARGV[1] a nonce. Returns 1. */
export const LEASE_LUA = `
redis.call('HSET', KEYS[1], '${FILL_FIELD}', ARGV[1])
return 1
`;

/**
 * Ends a fill: merges what was read from Postgres by version, and declares the hash a view only if the lease that was
 * taken before that read still stands (a FLUSHALL, or another filler, in between has removed it).
 * KEYS[1] the hash; ARGV[1] the nonce; then field, value, … (none: there is no such product, and the key goes by itself).
 * Returns 1 when the hash is a view now, else 0.
 */
export const FILL_LUA = `
for i = 2, #ARGV, 2 do
  local now = redis.call('HGET', KEYS[1], ARGV[i])
  local new = tonumber(string.match(ARGV[i + 1], '^%d+'))
  if not now or (tonumber(string.match(now, '^%d+')) or 0) < new then
    redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
  end
end
if redis.call('HGET', KEYS[1], '${FILL_FIELD}') ~= ARGV[1] then return 0 end
redis.call('HDEL', KEYS[1], '${FILL_FIELD}')
redis.call('HSET', KEYS[1], '${FULL_FIELD}', '1')
if #ARGV == 1 then redis.call('EXPIRE', KEYS[1], ${ABSENT_TTL_SECONDS}) else redis.call('PERSIST', KEYS[1]) end
return 1
`;

/** Whether this Redis is still the process whose memory the view was written to: `run_id:master_replid`. */
const SOURCE_LUA = `
local function source()
  local id = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
  local replid = string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)')
  return (id or '') .. ':' .. (replid or '')
end
`;

/**
 * Raises the watermark and P, if the cycle that proves them was quick enough and the view is still the one it read.
 * KEYS: watermark, last_sealed, position, source. ARGV: epoch, t0 in ms (Postgres clock), r0 in ms (Redis clock at the
 * cycle's start), F, source.
 *
 * 'lost' when P is gone, or Redis is another one than it was: a FLUSHALL or a restart within the cycle has taken writes
 * with it. 'slow' once 2 000 ms have gone by since r0 (or the clock was set back): P moves, so that a long backlog gets
 * shorter, but a frozen sealer must not wake up and vouch for an old view. Else 'sealed'; a watermark of an older epoch,
 * or of an older instant of the same one, never replaces a newer one, nor does an older P.
 */
export const SEAL_LUA = `${SOURCE_LUA}
local position = redis.call('GET', KEYS[3])
if not position or redis.call('GET', KEYS[4]) ~= ARGV[5] or source() ~= ARGV[5] then return 'lost' end
if (tonumber(position) or 0) < tonumber(ARGV[4]) then redis.call('SET', KEYS[3], ARGV[4]) end
local t = redis.call('TIME')
local spent = t[1] * 1000 + math.floor(t[2] / 1000) - ARGV[3]
if spent < 0 or spent >= ${WATERMARK_TTL_MS} then return 'slow' end
local epoch, at = tonumber(ARGV[1]), tonumber(ARGV[2])
local function raise(key, ttl)
  local now = redis.call('GET', key)
  if now then
    local e, a = string.match(now, '^(%d+):(%d+)$')
    e, a = tonumber(e) or 0, tonumber(a) or 0
    if e > epoch or (e == epoch and a > at) then return end
  end
  redis.call('SET', key, ARGV[1] .. ':' .. ARGV[2], 'PX', ttl)
end
raise(KEYS[1], ${WATERMARK_TTL_MS} - spent)
raise(KEYS[2], ${LAST_SEALED_TTL_MS} - spent)
return 'sealed'
`;

/**
 * Ends a rebuild: declares P, if nothing that it wrote was lost meanwhile (a FLUSHALL takes its mark, a restart changes
 * the source). KEYS: mark, position, source. ARGV: F, source. Returns 1 when the view stands, else 0: rebuild again.
 */
export const REBUILT_LUA = `${SOURCE_LUA}
if redis.call('DEL', KEYS[1]) == 0 or source() ~= ARGV[2] then return 0 end
local position = tonumber(redis.call('GET', KEYS[2]) or '') or 0
if redis.call('GET', KEYS[3]) ~= ARGV[2] or position < tonumber(ARGV[1]) then redis.call('SET', KEYS[2], ARGV[1]) end
redis.call('SET', KEYS[3], ARGV[2])
return 1
`;

/**
 * Takes fields away that were found to be wrong, each only if it still holds what was seen, and with them the claim to
 * be full and the lease of a filler who may have read it: a fill puts the truth back, whatever its version.
 * KEYS[1] the hash; ARGV: field, value seen, …  Returns the number of fields taken away.
 */
export const MEND_LUA = `
local removed = 0
for i = 1, #ARGV, 2 do
  if redis.call('HGET', KEYS[1], ARGV[i]) == ARGV[i + 1] then removed = removed + redis.call('HDEL', KEYS[1], ARGV[i]) end
end
redis.call('HDEL', KEYS[1], '${FULL_FIELD}', '${FILL_FIELD}')
return removed
`;
