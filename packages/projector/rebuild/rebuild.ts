/**
 * Rebuilds the view from the log, in place, while everything runs. Fields are written over older versions only, so reads
 * go on and events may arrive meanwhile. A hash is declared full only under a lease that was taken before the reading, as
 * in every fill.
 *
 * The settled position F is found first, then everything is read, so in the end P = F is true. It is declared only if the
 * rebuild's mark still exists and Redis is still the same: a FLUSHALL in between takes the mark together with what was
 * written. A rebuild that was interrupted goes on where it stopped (checkpoint.ts).
 */
import { randomUUID } from 'node:crypto';
import { settledPosition } from '@inventory/db/events.ts';
import type { Database } from '@inventory/db/pool.ts';
import { checkpointKey, positionKey, rebuildKey, sourceKey } from '@inventory/view/keys.ts';
import { endRebuildScript } from '@inventory/view/scripts.ts';
import { mendProducts } from '../verify/mend.ts';
import { applyWrites } from '../view/apply.ts';
import { fillProducts } from '../view/fill.ts';
import type { FillDeps } from '../view/fill.ts';
import { productIds, storeNames } from '../view/log-snapshot.ts';
import { MARK_MS, readCheckpoint, writeCheckpoint } from './checkpoint.ts';
import type { Checkpoint } from './checkpoint.ts';
import { runScript } from '@inventory/runtime/redis/scripts.ts';
import { readSource } from '@inventory/view/source.ts';

export interface RebuildProgress {
  readonly products: number;
  readonly fields: number;
}

export interface Rebuilt extends RebuildProgress {
  /** 'lost': Redis has lost data meanwhile, and the view must be rebuilt again. */
  readonly result: 'done' | 'lost';
  /** P = F: every event up to this position is in the view. */
  readonly position: number;
  /** Products whose hash is not full: a reader was filling it at each attempt, or an event cannot be read. */
  readonly open: number;
  /** Differences that the view had from the log besides, and of these the ones that it still has. */
  readonly differences: number;
  readonly remaining: number;
  readonly elapsedMs: number;
  /** The part of it that an earlier rebuild had done. */
  readonly resumed: RebuildProgress;
}

/** Products in the first pages, and stores in a page of names. */
const PAGE = 200;
/**
 * Fields that a later page is to have, judged by the page before: a product may have one row, or a hundred. A page costs a
 * millisecond in addition to its fields, and is in memory as a whole.
 */
const FIELDS_A_PAGE = 2_000;
const MAX_PAGE = 1_000;
/** Pages in hand: some are read, some written, and one is worked on here, also on a busy machine. */
const WORKERS = 4;

/**
 * Rebuilds every product's view under an epoch, and looks at what it has made: a hash that holds more than was read from the
 * log is verified, and repaired. Without `anew` it goes on from the checkpoint of an interrupted rebuild.
 * @throws what Postgres or Redis throw, or the signal's reason; fields may be newer then, and the view is otherwise as before
 */
export async function rebuild(
  deps: FillDeps, epoch: string,
  { signal, onProgress, anew = false }: {
    readonly signal?: AbortSignal; readonly onProgress?: (progress: RebuildProgress) => void; readonly anew?: boolean;
  } = {},
): Promise<Rebuilt> {
  const { db, redis } = deps;
  const startedAt = performance.now();
  const source = await readSource(redis);
  const earlier = anew ? undefined : await readCheckpoint(redis, epoch, source);
  let reached = earlier ?? await begin(deps, epoch, source);
  const { mark, position } = reached;
  const resumed = { products: reached.products, fields: reached.fields };
  const total = { ...resumed };
  const mended = { differences: 0, remaining: 0 };

  for await (const names of storeNames(db, epoch, PAGE)) await applyWrites(redis, names);
  const done: (Page & { readonly fields: number; readonly open: number })[] = [];
  let size = PAGE;
  const pages = productPages(db, reached.after, () => size);
  /** Pages may end out of order; the checkpoint is before the first one that is not done. */
  const advance = async (): Promise<void> => {
    const before = reached;
    for (let next; (next = done.findIndex(({ after }) => after === reached.after)) >= 0;) {
      for (const { ids, fields, open } of done.splice(next, 1)) {
        reached = {
          ...reached, after: ids.at(-1) ?? reached.after, products: reached.products + ids.length,
          fields: reached.fields + fields, open: reached.open + open,
        };
      }
    }
    if (reached !== before) await writeCheckpoint(redis, epoch, reached);
  };
  const work = async (): Promise<void> => {
    for await (const page of pages) {
      signal?.throwIfAborted();
      const { suspects, ...filled } = await fillProducts(deps, epoch, page.ids);
      const { differences, remaining } = await mendProducts(deps, epoch, suspects, position);
      mended.differences += differences.length;
      mended.remaining += remaining.length;
      size = Math.min(MAX_PAGE, Math.ceil((FIELDS_A_PAGE * page.ids.length) / Math.max(1, filled.fields)));
      done.push({ ...page, ...filled });
      await advance();
      total.products += page.ids.length;
      total.fields += filled.fields;
      onProgress?.({ ...total });
    }
  };
  // A worker that fails leaves its loop, which ends the pages for the others, too.
  const workers = await Promise.allSettled(Array.from({ length: WORKERS }, work));
  if (signal?.aborted === true) await writeCheckpoint(redis, epoch, { ...reached, departed: true });
  for (const worker of workers) if (worker.status === 'rejected') throw worker.reason;
  signal?.throwIfAborted();

  const stands = await runScript(redis, endRebuildScript, {
    keys: [mark, positionKey(epoch), sourceKey(epoch)], args: [position, source],
  });
  await redis.del(checkpointKey(epoch));
  const { products, fields, open } = reached;
  const result = stands === 1 ? 'done' : 'lost';
  return { result, position, products, fields, open, ...mended, resumed, elapsedMs: performance.now() - startedAt };
}

/** The mark comes first, then F, then the reading: while the mark exists, nothing was lost. */
async function begin({ db, redis }: FillDeps, epoch: string, source: string): Promise<Checkpoint> {
  const mark = rebuildKey(epoch, randomUUID());
  await redis.set(mark, '1', 'PX', MARK_MS);
  return { mark, source, position: await settledPosition(db), after: '', products: 0, fields: 0, open: 0, departed: false };
}

interface Page {
  readonly ids: readonly string[];
  /** The last id of the page before; '' for the first page. */
  readonly after: string;
}

async function* productPages(db: Database, from: string, size: () => number): AsyncGenerator<Page> {
  for (let after = from; ;) {
    const ids = await productIds(db, after === '' ? undefined : after, size());
    const last = ids.at(-1);
    if (last === undefined) return;
    yield { ids, after };
    after = last;
  }
}
