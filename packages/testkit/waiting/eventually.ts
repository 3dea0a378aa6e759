/** The one bounded wait of all tests. */
import { setTimeout as delay } from 'node:timers/promises';

/**
 * Repeats `fn` until it returns without throwing and resolves with its result: the one bounded wait of all tests.
 * After `timeoutMs` (10 s) it rejects with the last error, whose message starts with `what` was waited for.
 * An attempt that hangs counts as failed at the deadline. `signal` ends the waiting earlier, with its reason.
 */
export async function eventually<T>(
  fn: () => Promise<T> | T,
  options: {
    readonly timeoutMs?: number; readonly everyMs?: number; readonly what?: string; readonly signal?: AbortSignal;
  } = {},
): Promise<T> {
  const { timeoutMs = 10_000, everyMs = 25, what = 'a condition', signal } = options;
  const deadline = performance.now() + timeoutMs;
  let last: unknown = new Error('the first attempt did not end');
  while (performance.now() < deadline) {
    signal?.throwIfAborted();
    const late = new AbortController();
    try {
      return await Promise.race([fn(), rejectAfter(deadline - performance.now(), late.signal)]);
    } catch (error) {
      if (!(error instanceof Deadline)) last = error;
    } finally {
      late.abort();
    }
    await delay(everyMs);
  }
  const reason = last instanceof Error ? last.message : String(last);
  throw new Error(`${what}: not within ${timeoutMs} ms; last: ${reason}`, { cause: last });
}

class Deadline extends Error {}

async function rejectAfter(ms: number, signal: AbortSignal): Promise<never> {
  await delay(ms, undefined, { signal });
  throw new Deadline();
}
