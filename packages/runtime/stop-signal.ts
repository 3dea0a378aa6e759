/** The wish to stop, as a process hears it: SIGTERM, or SIGINT from Ctrl-C. */

/** Ctrl-C reaches a whole group of processes, and the parent sends SIGTERM besides: within this time it is one wish. */
const SAME_WISH_MS = 2000;

/**
 * Calls back once. A later signal means that somebody has lost patience, and ends the process with exit code 1.
 * @returns a function that ends this: from then on a signal has its usual effect
 */
export function onStopSignal(callback: (signal: NodeJS.Signals) => void): () => void {
  let firstAt: number | undefined;
  const handler = (signal: NodeJS.Signals): void => {
    if (firstAt === undefined) {
      firstAt = performance.now();
      callback(signal);
    } else if (performance.now() - firstAt > SAME_WISH_MS) {
      process.exit(1);
    }
  };
  process.on('SIGTERM', handler);
  process.on('SIGINT', handler);
  return () => {
    process.off('SIGTERM', handler);
    process.off('SIGINT', handler);
  };
}

/** Does the work with a signal that aborts with `reason` when the process is to stop. The work ends by itself then. */
export async function untilStopped<T>(reason: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stopping = new AbortController();
  const forget = onStopSignal(() => { stopping.abort(new Error(reason)); });
  try {
    return await work(stopping.signal);
  } finally {
    forget();
  }
}
