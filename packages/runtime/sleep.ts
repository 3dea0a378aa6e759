import { setTimeout as delay } from 'node:timers/promises';

/**
 * Waits `ms` milliseconds, or less when the signal aborts. Never throws, so that a loop can go on to its own check of
 * the signal.
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
 * How long to wait after the n-th failure in a row (n from 1): doubles from `minMs` up to `maxMs`, and a random half of
 * it is taken off, so that processes which failed together do not come back together.
 */
export function backoffMs(
  failures: number,
  { minMs, maxMs }: { readonly minMs: number; readonly maxMs: number },
): number {
  const ceiling = Math.min(maxMs, minMs * 2 ** Math.min(failures - 1, 30));
  return Math.round(ceiling * (0.5 + Math.random() / 2));
}
