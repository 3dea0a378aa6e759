/**
 * The availability view in Redis: its keys and its fields. The projector writes it, the api reads it and fills gaps.
 *
 * One hash a product, one field a store with the value `version:quantity:reserved:safety:incoming`. A field is written only over an
 * older version (scripts.ts), so redelivery, several projectors and a rebuild at the same time need no coordination.
 * Fields that begin with # are the view's own, because no store id can begin so:
 *
 *   #full     the hash lists every store; without it the hash is not a view. #full alone: there is no such product
 *   #fill     the lease of whoever fills the hash
 *   #product  version:archived:name
 *
 * All keys but two carry the name of the log's epoch (db/known-server.ts, `3f2a9c01.4`): the first digits of the log's id and the
 * number of the epoch. So two systems that were given one Redis database by mistake never read each other's view. `watermark`
 * and `last_sealed` carry none: their value, `epoch:milliseconds`, tells readers which epoch's keys to read, and by them
 * the second system notices the first.
 *
 * Keys that one script touches share a hash tag, so that a Redis Cluster could carry them; today one is refused (runtime,
 * redis/server.ts).
 */
import { isSubjectToken } from '@inventory/domain/values.ts';

export const WATERMARK_KEY = 'v2:{availability}:watermark';
export const LAST_SEALED_KEY = 'v2:{availability}:last_sealed';
/** An older watermark does not count: the answer then comes from Postgres. */
export const WATERMARK_TTL_MS = 2_000;
/** How long a sealed view may be served, as stale, while Postgres does not answer. */
export const LAST_SEALED_TTL_MS = 300_000;
/** No two clocks of servers that work are so far apart: a seal that is further ahead is none. */
export const MAX_CLOCK_SKEW_MS = 60_000;
/** A hash that says only that there is no such product expires: anybody can make up an id. */
export const ABSENT_TTL_SECONDS = 30;

/** The log of an epoch, by its name. */
export function logOf(epoch: string): string {
  return epoch.slice(0, epoch.indexOf('.'));
}

/** The number of an epoch, by its name. */
export function numberOf(epoch: string): number {
  return Number(epoch.slice(epoch.indexOf('.') + 1));
}

/** Its keys begin so. */
export const VIEW_PREFIX = 'v2:';
/** What the release before this one kept its view in, and sealed it by. */
export const FORMER = { prefix: 'v1:', watermark: 'v1:{availability}:watermark' } as const;

export const FULL_FIELD = '#full';
export const FILL_FIELD = '#fill';
export const PRODUCT_FIELD = '#product';

export function productKey(epoch: string, productId: string): string {
  return `v2:${epoch}:product:availability:{${productId}}`;
}
/** A hash: store id → `version:name`. */
export function storeNamesKey(epoch: string): string {
  return `v2:${epoch}:stores`;
}
/** P, the view's position: every event up to it is in the view. */
export function positionKey(epoch: string): string {
  return `v2:${epoch}:{availability}:position`;
}
/** Beside P: where the log of Postgres ended then, in bytes. */
export function lsnKey(epoch: string): string {
  return `v2:${epoch}:{availability}:lsn`;
}
/** The source that the view was built on (source.ts): another one means that Redis may have lost writes. */
export function sourceKey(epoch: string): string {
  return `v2:${epoch}:{availability}:source`;
}
/** Exists while a rebuild is under way. If it is gone at the end, Redis was emptied meanwhile. */
export function rebuildKey(epoch: string, nonce: string): string {
  return `v2:${epoch}:{availability}:rebuild:${nonce}`;
}
/** How far the last rebuild has come that did not end. */
export function checkpointKey(epoch: string): string {
  return `v2:${epoch}:{availability}:rebuilding`;
}

/** True for a field that can be a store's; false for the view's own and for what no store could be called. */
export function isStoreField(field: string): boolean {
  return isSubjectToken(field);
}
