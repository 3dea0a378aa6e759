/** Waits that can be cancelled, and how long to wait after a failure. */
import { setTimeout as delay } from 'node:timers/promises';

/**
 * Waits `ms` milliseconds, or less when the signal aborts. Never throws: a loop goes on to its own check of the signal.
 */
export async function sleep(ms: number, signal?: AbortSignal): Promise<'slept' | 'aborted'> {
  if (signal?.aborted === true) return 'aborted';
  try {
    await delay(ms, undefined, signal === undefined ? {} : { signal });
    return 'slept';
  } catch {
    return 'aborted';
  }
}

/**
 * The wait after the n-th failure in a row (n from 1): it doubles from `minMs` up to `maxMs`, less a random part of up to a
 * half, so processes that failed at the same time do not come back at the same time.
 */
export function backoffMs(
  failures: number,
  { minMs, maxMs }: { readonly minMs: number; readonly maxMs: number },
): number {
  const ceiling = Math.min(maxMs, minMs * 2 ** Math.min(failures - 1, 30));
  return Math.round(ceiling * (0.5 + Math.random() / 2));
}
