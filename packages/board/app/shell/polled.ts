/** What a page of operators reads again and again for as long as it is open. The head says when the server does not answer. */
import { isInventoryProblem } from '@inventory/client/client.ts';
import { useEffect, useState } from 'preact/hooks';
import { connection, forgetLive } from '../live/state.ts';
import { codeOf } from '../session/access.ts';

/** For calls that are made again soon anyway. */
export const SOON_AGAIN = { retries: 0, deadlineMs: 5000 } as const;

interface Polled<T> {
  /** As it was read last; undefined until it was read once. */
  readonly value: T | undefined;
  /** The code of a problem that will not pass by itself. */
  readonly failure: string | undefined;
  /** Reads it now. */
  readonly again: () => void;
}

/**
 * Reads again `everyMs` after each answer, and at once where one of `keys` has changed.
 * @param read gets the number of readings before it, from 0
 */
export function usePolled<T>(everyMs: number, keys: readonly unknown[], read: (signal: AbortSignal, turn: number) => Promise<T>): Polled<T> {
  const [value, setValue] = useState<T>();
  const [failure, setFailure] = useState<string>();
  const [asked, setAsked] = useState(0);
  useEffect(() => {
    const ended = new AbortController();
    const { signal } = ended;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let turn = 0;
    const next = (ms: number): void => { timer = setTimeout(() => { void once(); }, ms); };
    const once = async (): Promise<void> => {
      try {
        const found = await read(signal, turn);
        if (signal.aborted) return;
        turn += 1;
        setValue(() => found);
        setFailure(undefined);
        connection.set({ kind: 'live' });
        next(everyMs);
      } catch (error) {
        if (signal.aborted) return;
        if (!isInventoryProblem(error) || error.status === 403 || error.status === 400) {
          setFailure(codeOf(error) ?? String(error));
          return;
        }
        const waitMs = Math.max(everyMs, error.retryAfterMs ?? 0);
        connection.set({ kind: 'reconnecting', code: error.code, nextAt: performance.now() + waitMs });
        next(waitMs);
      }
    };
    void once();
    return () => {
      ended.abort();
      clearTimeout(timer);
    };
  }, [...keys, asked]);
  useEffect(() => forgetLive, []);
  return { value, failure, again: () => { setAsked((count) => count + 1); } };
}
