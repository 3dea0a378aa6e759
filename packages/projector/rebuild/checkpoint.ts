/**
 * How far a rebuild has come, so that another one can go on from there. Kept in Redis beside what it speaks of: a
 * FLUSHALL takes both, and a Redis that is another one than before is not believed.
 *
 * Going on is right because a hash that was filled is complete as of the settled position that the rebuild began with,
 * whatever has happened since: that is all that P = F claims in the end.
 */
import { checkpointKey } from '@inventory/view/keys.ts';
import type { Redis } from '@inventory/runtime/redis.ts';
import { z } from 'zod';
import { pipelined } from '@inventory/runtime/redis-scripts.ts';

const checkpoint = z.strictObject({
  /** The key that stands as long as nothing was lost. */
  mark: z.string(),
  source: z.string(),
  /** F at its beginning. */
  position: z.int().min(0),
  /** Every product up to this id is done. */
  after: z.string(),
  products: z.int().min(0),
  fields: z.int().min(0),
  open: z.int().min(0),
  /** Nobody is at it any more: it was interrupted in good order. */
  left: z.boolean(),
});
export type Checkpoint = z.output<typeof checkpoint>;

/** A mark or checkpoint left by a rebuild that died goes by itself. */
export const MARK_MS = 3_600_000;
/** A rebuild that has not come a page further for this long is taken for dead. Two at once are harmless, but no help. */
const IDLE_MS = 5_000;

/** What another rebuild has left; undefined: nothing, or somebody is at it, or it was of another Redis. */
export async function readCheckpoint(redis: Redis, epoch: number, source: string): Promise<Checkpoint | undefined> {
  const [text, leftMs] = await pipelined(redis, (pipeline) => { pipeline.get(checkpointKey(epoch)).pttl(checkpointKey(epoch)); });
  if (typeof text !== 'string') return undefined;
  const found = checkpoint.safeParse(parsed(text)).data;
  if (found === undefined || found.source !== source) return undefined;
  if (!found.left && MARK_MS - Number(leftMs) < IDLE_MS) return undefined;
  return await redis.exists(found.mark) === 1 ? found : undefined;
}

export async function writeCheckpoint(redis: Redis, epoch: number, found: Checkpoint): Promise<void> {
  await pipelined(redis, (pipeline) => {
    pipeline.set(checkpointKey(epoch), JSON.stringify(found), 'PX', MARK_MS).pexpire(found.mark, MARK_MS);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
