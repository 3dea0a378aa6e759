/** Time-outs and waits that a signal ends, the wait before a retry, the retry budget, and ids that sort by time. */

/**
 * Resolves as `work` does. Rejects with a TimeoutError after `ms`, or with the reason of `outer`; both abort the signal that
 * `work` gets, and `work` is not waited for.
 */
export async function within<T>(ms: number, outer: AbortSignal | undefined, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  outer?.throwIfAborted();
  const inner = new AbortController();
  const stop = (): void => { inner.abort(outer?.reason); };
  const ended = new Promise<never>((_, reject) => {
    inner.signal.addEventListener('abort', () => { reject(inner.signal.reason); });
  });
  const timer = setTimeout(() => { inner.abort(new DOMException(`not within ${Math.ceil(ms)} ms`, 'TimeoutError')); }, Math.ceil(ms));
  outer?.addEventListener('abort', stop);
  try {
    return await Promise.race([work(inner.signal), ended]);
  } finally {
    clearTimeout(timer);
    outer?.removeEventListener('abort', stop);
  }
}

export function isTimeout(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'TimeoutError';
}

/** Resolves after `ms`; rejects earlier with the signal's reason. */
export async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await within(ms, signal, () => new Promise<never>(() => undefined)).catch((error: unknown) => {
    if (signal?.aborted === true || !isTimeout(error)) throw error;
  });
}

/** Full jitter: a random wait below 100 ms, doubled with each attempt, and never above `mostMs`. Attempts count from 1. */
export function jitterMs(attempt: number, mostMs: number): number {
  return Math.random() * Math.min(mostMs, 100 * 2 ** (attempt - 1));
}

/** The Retry-After of an answer in milliseconds from now: seconds, or a date. */
export function retryAfterMs(headers: Headers): number | undefined {
  const text = headers.get('retry-after');
  if (text === null) return undefined;
  const ms = /^\d+$/.test(text.trim()) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}

const MOST_SAVED = 100;

/**
 * Retries as a share of calls: each call earns `share` of a retry. A client starts with ten and saves up to 100, for the
 * moment when a connection breaks that many calls share.
 */
export function createBudget(share: number) {
  let saved = 10;
  return {
    earn: (): void => { saved = Math.min(MOST_SAVED, saved + share); },
    /** False if none is left. Ten times 0.1 is a little less than 1. */
    spend: (): boolean => {
      if (saved < 1 - 1e-9) return false;
      saved -= 1;
      return true;
    },
  };
}

/** A UUID of version 7 (RFC 9562): 48 bits of milliseconds, then random bits. */
export function uuidv7(): string {
  const view = new DataView(crypto.getRandomValues(new Uint8Array(16)).buffer);
  const now = Date.now();
  view.setUint32(0, Math.floor(now / 65_536));
  view.setUint16(4, now % 65_536);
  view.setUint8(6, view.getUint8(6) & 0x0f | 0x70);
  view.setUint8(8, view.getUint8(8) & 0x3f | 0x80);
  const hex = Array.from(new Uint8Array(view.buffer), (byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
