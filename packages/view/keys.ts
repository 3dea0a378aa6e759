/**
 * The availability view in Redis: its keys and its fields. The projector writes it, the api reads it and fills gaps.
 *
 * One hash a product, one field a store with the value `version:quantity:reserved`. A field is written only over an
 * older version (scripts.ts), so redelivery, several projectors and a rebuild at the same time need no coordination.
 * Fields that begin with # are the view's own, because no store id can begin so:
 *
 *   #full     the hash lists every store; without it the hash is not a view. #full alone: there is no such product
 *   #fill     the lease of whoever fills the hash
 *   #product  version:archived:name
 *
 * `watermark` and `last_sealed` carry no epoch in their names: their value, `epoch:milliseconds`, tells readers which
 * epoch's keys to read. Keys that one script touches share a hash tag, so that a
 * Redis Cluster could carry them; today one is refused (runtime, redis/server.ts).
 */
import { isSubjectToken } from '@inventory/domain/values.ts';

export const WATERMARK_KEY = 'v1:{availability}:watermark';
export const LAST_SEALED_KEY = 'v1:{availability}:last_sealed';
/** An older watermark does not count: the answer then comes from Postgres. */
export const WATERMARK_TTL_MS = 2_000;
/** How long a sealed view may be served, as stale, while Postgres does not answer. */
export const LAST_SEALED_TTL_MS = 300_000;
/** No two clocks of servers that work are so far apart: a seal that is further ahead is none. */
export const MAX_CLOCK_SKEW_MS = 60_000;
/** A hash that says only that there is no such product expires: anybody can make up an id. */
export const ABSENT_TTL_SECONDS = 30;

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
/** P, the view's position: every event up to it is in the view. */
export function positionKey(epoch: number): string {
  return `v1:${epoch}:{availability}:position`;
}
/** The source that the view was built on (source.ts): another one means that Redis may have lost writes. */
/** Beside P: where the log of Postgres ended then, in bytes. */
export function lsnKey(epoch: number): string {
  return `v1:${epoch}:{availability}:lsn`;
}

export function sourceKey(epoch: number): string {
  return `v1:${epoch}:{availability}:source`;
}
/** Exists while a rebuild is under way. If it is gone at the end, Redis was emptied meanwhile. */
export function rebuildKey(epoch: number, nonce: string): string {
  return `v1:${epoch}:{availability}:rebuild:${nonce}`;
}
/** How far the last rebuild has come that did not end. */
export function checkpointKey(epoch: number): string {
  return `v1:${epoch}:{availability}:rebuilding`;
}

/** True for a field that can be a store's; false for the view's own and for what no store could be called. */
export function isStoreField(field: string): boolean {
  return isSubjectToken(field);
}
