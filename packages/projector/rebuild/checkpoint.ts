/**
 * How far a rebuild has come, so that another one can go on from there. It is kept in Redis beside the view: a FLUSHALL
 * takes both, and a checkpoint of another Redis does not count.
 *
 * To go on is right, because a hash that was filled is complete as of the settled position that the rebuild began with,
 * whatever has happened since, and P = F claims no more than that.
 */
import { checkpointKey } from '@inventory/view/keys.ts';
import type { Redis } from '@inventory/runtime/redis/link.ts';
import { z } from 'zod';
import { pipelined } from '@inventory/runtime/redis/scripts.ts';

const checkpoint = z.strictObject({
  /** The key that exists as long as nothing was lost. */
  mark: z.string(),
  source: z.string(),
  /** F, the settled position, at the beginning of the rebuild. */
  position: z.int().min(0),
  /** Every product up to this id is done; '' for none. */
  after: z.string(),
  products: z.int().min(0),
  fields: z.int().min(0),
  open: z.int().min(0),
  /** The rebuild has stopped here: it was interrupted in good order. */
  departed: z.boolean(),
});
export type Checkpoint = z.output<typeof checkpoint>;

/** The mark and the checkpoint of a rebuild that died expire by themselves. */
export const MARK_MS = 3_600_000;
/** A rebuild without a page for this long counts as dead. Two at once are harmless, but do not help. */
const IDLE_MS = 5_000;

/** The checkpoint to go on from; undefined when there is none, when a rebuild is running, or when it is of another Redis. */
export async function readCheckpoint(redis: Redis, epoch: string, source: string): Promise<Checkpoint | undefined> {
  const [text, leftMs] = await pipelined(redis, (pipeline) => { pipeline.get(checkpointKey(epoch)).pttl(checkpointKey(epoch)); });
  if (typeof text !== 'string') return undefined;
  const found = checkpoint.safeParse(parsed(text)).data;
  if (found === undefined || found.source !== source) return undefined;
  if (!found.departed && MARK_MS - Number(leftMs) < IDLE_MS) return undefined;
  return await redis.exists(found.mark) === 1 ? found : undefined;
}

export async function writeCheckpoint(redis: Redis, epoch: string, found: Checkpoint): Promise<void> {
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
