/** A rebuild of the whole view to its end, for whoever asks for one: begun again where Redis has lost data meanwhile. */
import { rebuild } from './rebuild.ts';
import type { Rebuilt } from './rebuild.ts';
import { removeOlder } from './older.ts';

const ATTEMPTS = 3;

/**
 * Rebuilds the view, and removes older ones.
 * @returns what was done, and how many keys of older views were removed
 * @throws {Error} where Redis loses data at each attempt; what `rebuild` throws
 */
export async function rebuildWhole(
  deps: Parameters<typeof rebuild>[0], epoch: string, options: Parameters<typeof rebuild>[2],
): Promise<Rebuilt & { readonly removed: number }> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const rebuilt = await rebuild(deps, epoch, options);
    if (rebuilt.result === 'done') return { ...rebuilt, removed: await removeOlder(deps.redis, epoch) };
  }
  throw new Error('Redis lost data during each attempt: is it flushed or restarted again and again?');
}
