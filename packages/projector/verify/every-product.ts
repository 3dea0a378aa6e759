/** Everything that a comparison of the whole view looks at, in pages. */
import type { Database } from '@inventory/db/pool.ts';
import type { Redis } from '@inventory/runtime/redis/link.ts';
import { VIEW_PREFIX } from '@inventory/view/keys.ts';
import { productIds } from '../view/log-snapshot.ts';
import { existing } from './repair.ts';

const PAGE = 200;

/** Ids in pages: all products, then all other keys of this epoch. */
export async function* everyProduct(
  { db, redis }: { readonly db: Database; readonly redis: Redis }, epoch: string,
): AsyncGenerator<readonly string[]> {
  for (let ids = await productIds(db, undefined, PAGE); ids.length > 0; ids = await productIds(db, ids.at(-1), PAGE)) yield ids;
  let cursor = '0';
  do {
    const [next, keys] = await redis.scan(cursor, 'MATCH', `${VIEW_PREFIX}${epoch}:product:availability:*`, 'COUNT', 1_000);
    cursor = next;
    const ids = keys.flatMap((key) => /\{([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\}$/.exec(key)?.[1] ?? []);
    const real = new Set(await existing(db, ids));
    const unknown = ids.filter((id) => !real.has(id));
    if (unknown.length > 0) yield unknown;
  } while (cursor !== '0');
}
