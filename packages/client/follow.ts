/**
 * Following the event log. `onEvents` gets the events in the order of the log, page by page. `checkpoint` gets the cursor
 * behind a page when `onEvents` has finished with it. A follower that restarts from its last checkpoint misses nothing, and
 * may get the page after it twice: the `id` of an event tells.
 */
import type { Input, Methods, Output } from './methods.ts';
import { isInventoryProblem } from './problems.ts';
import type { InventoryProblem } from './problems.ts';
import { jitterMs, pause } from './time.ts';

type Events = Output<'listEvents'>['items'];

export interface FollowOptions extends Input<'listEvents'> {
  /** Gets at least one event. If it throws, `follow` rejects with its error, and the page has no checkpoint. */
  readonly onEvents: (events: Events) => void | Promise<void>;
  /** Stores the cursor, which is `after` at the next start. */
  readonly checkpoint?: (cursor: string) => void | Promise<void>;
  /**
   * Called if the log was restored or does not go back to the cursor (410): what was built from the log is to be built
   * again. Returns the cursor to start from, or undefined for the beginning. Without it, `follow` throws the problem.
   */
  readonly onReset?: (problem: InventoryProblem) => string | undefined | Promise<string | undefined>;
  /** Milliseconds between two requests while nothing is new; default 1 000. */
  readonly pollMs?: number;
  /** Ends the following: `follow` resolves. */
  readonly signal?: AbortSignal;
}

const MOST_WAIT_MS = 30_000;

/**
 * Follows until the signal ends it. After a retryable failure it waits, with backoff up to half a minute, and goes on.
 * @throws {InventoryProblem} if the failure is not retryable
 */
export async function follow(listEvents: Methods['listEvents'], options: FollowOptions): Promise<void> {
  const { after, onEvents, checkpoint, onReset, pollMs = 1000, signal, ...filters } = options;
  const isOver = (): boolean => signal?.aborted === true;
  let [cursor, failures] = [after, 0];
  while (!isOver()) {
    let page: Output<'listEvents'>;
    try {
      page = await listEvents(cursor === undefined ? filters : { ...filters, after: cursor }, signal === undefined ? {} : { signal }).page();
    } catch (error) {
      if (isOver()) return;
      if (!isInventoryProblem(error)) throw error;
      if (error.status === 410 && onReset !== undefined) cursor = await onReset(error);
      else if (!error.retryable) throw error;
      failures += 1;
      await pause((error.retryAfterMs ?? pollMs) + jitterMs(failures, MOST_WAIT_MS), signal).catch(() => undefined);
      continue;
    }
    failures = 0;
    if (page.items.length > 0) await onEvents(page.items);
    if (page.next_cursor !== cursor) await checkpoint?.(page.next_cursor);
    cursor = page.next_cursor;
    if (!page.has_more) await pause(pollMs, signal).catch(() => undefined);
  }
}
