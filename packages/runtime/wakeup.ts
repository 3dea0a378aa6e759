/** A latch between whoever has news and the one loop that acts on them. */
export type Wakeup = {
  /** Ends the wait under way, or the next one if nobody waits now. Any number of calls counts as one. */
  notify(): void;
  /**
   * Resolves at the next notification (at once if one came since the last wait), after `timeoutMs`, or when the signal
   * aborts. Never rejects.
   */
  wait(timeoutMs: number, signal?: AbortSignal): Promise<'notified' | 'timeout' | 'aborted'>;
};

/**
 * Creates a latch for one waiter. What arrives while nobody waits is remembered: a loop may look for work first and
 * wait afterwards without missing what came in between.
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
      // A listener added to a signal that has already aborted never fires.
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
