/**
 * Times in which the rig itself stood still. Its proxies carry every connection of the system and run in the process that also
 * folds logs and parses streams: while that computes, nothing passes, and the system is not to blame for what is late.
 */

interface Stalls {
  /** For how many ms of this time nothing passed. Times are those of the machine's clock, in ms since 1970. */
  stalledMs(fromMs: number, toMs: number): number;
  stop(): void;
}

interface Stall {
  readonly fromMs: number;
  readonly toMs: number;
}

const EVERY_MS = 20;
/** Shorter ones are the ordinary lateness of a timer on a busy machine. */
const LEAST_MS = 50;

/** Watches from now on. */
export function watchStalls(): Stalls {
  const stalls: Stall[] = [];
  let lastMs = Date.now();
  const timer = setInterval(() => {
    const nowMs = Date.now();
    if (nowMs - lastMs > EVERY_MS + LEAST_MS) stalls.push({ fromMs: lastMs, toMs: nowMs });
    lastMs = nowMs;
  }, EVERY_MS);
  return {
    stalledMs: (fromMs, toMs) => overlapMs(stalls, fromMs, toMs),
    stop() { clearInterval(timer); },
  };
}

export function overlapMs(stalls: readonly Stall[], fromMs: number, toMs: number): number {
  return stalls.reduce((sum, stall) => sum + Math.max(0, Math.min(toMs, stall.toMs) - Math.max(fromMs, stall.fromMs)), 0);
}
