/** A latch between those who have news and the one loop that acts on them. */
export type Wakeup = {
  /** Ends the running wait, or the next one if there is none. Any number of calls counts as one. */
  notify(): void;
  /**
   * Resolves at the next notification (at once, if one came since the last wait), after `timeoutMs`, or when the signal
   * aborts. Never rejects.
   */
  wait(timeoutMs: number, signal?: AbortSignal): Promise<'notified' | 'timeout' | 'aborted'>;
};

/**
 * Creates a latch for one waiter. A notification that comes while nobody waits is remembered, so a loop can look for work
 * first and wait afterwards, and misses nothing that comes in between.
 */
export function createWakeup(): Wakeup {
  let pending = false;
  let wake: (() => void) | undefined;

  return {
    notify() {
      if (wake === undefined) pending = true;
      else wake();
    },

    wait(timeoutMs, signal) {
      // A listener that is added to an aborted signal never fires.
      if (signal?.aborted === true) return Promise.resolve('aborted');
      if (pending) {
        pending = false;
        return Promise.resolve('notified');
      }
      if (wake !== undefined) throw new Error('this wake-up has a waiter already');
      return new Promise((resolve) => {
        const end = (outcome: 'notified' | 'timeout' | 'aborted'): void => {
          clearTimeout(timer);
          signal?.removeEventListener('abort', onAbort);
          wake = undefined;
          resolve(outcome);
        };
        const onAbort = (): void => { end('aborted'); };
        const timer = setTimeout(() => { end('timeout'); }, timeoutMs);
        signal?.addEventListener('abort', onAbort);
        wake = () => { end('notified'); };
      });
    },
  };
}
