/** Removes views that nobody reads any more: those of older epochs of this log, and that of the release before this one. */
import type { Redis } from '@inventory/runtime/redis/link.ts';
import { FORMER, logOf, numberOf, VIEW_PREFIX } from '@inventory/view/keys.ts';

const PAGE = 1_000;

/**
 * Removes older views than that of `epoch`. The view of the release before stays while one of its projectors seals it.
 * @returns how many keys were removed @throws what Redis throws
 */
export async function removeOlder(redis: Redis, epoch: string): Promise<number> {
  const former = await redis.exists(FORMER.watermark) === 0;
  return await removeKeys(redis, VIEW_PREFIX, (key) => isOlder(epoch, key))
    + (former ? await removeKeys(redis, FORMER.prefix, (key) => FORMER_KEY.test(key)) : 0);
}

// Its counters of requests have the same prefix, and are in use.
const FORMER_KEY = /^v1:(?:\d+|\{availability\}):/;

function isOlder(epoch: string, key: string): boolean {
  const [, of] = key.split(':');
  return of !== undefined && logOf(of) === logOf(epoch) && numberOf(of) < numberOf(epoch);
}

async function removeKeys(redis: Redis, prefix: string, isWanted: (key: string) => boolean): Promise<number> {
  let removed = 0;
  let cursor = '0';
  do {
    const [next, keys] = await redis.scan(cursor, 'MATCH', `${prefix}*`, 'COUNT', PAGE);
    const old = keys.filter(isWanted);
    if (old.length > 0) removed += await redis.unlink(...old);
    cursor = next;
  } while (cursor !== '0');
  return removed;
}
