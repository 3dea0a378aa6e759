/** How long changes of the last minute took from their commit to the screen. */
interface Latencies {
  /** @param now and @param ms in milliseconds; now by performance.now() */
  readonly add: (now: number, ms: number) => void;
  /** Undefined where nothing has changed within the minute. */
  readonly lastMinute: (now: number) => { readonly p50: number; readonly p99: number } | undefined;
}

const MINUTE_MS = 60_000;
/** Of the newest; a minute of more changes has the same quantiles. */
const MOST = 3000;

export function createLatencies(): Latencies {
  let kept: { readonly at: number; readonly ms: number }[] = [];
  return {
    add: (at, ms) => {
      // The clocks agree to some milliseconds only, and nothing arrives before it was sent.
      kept.push({ at, ms: Math.max(0, ms) });
      if (kept.length > 2 * MOST) kept = kept.slice(-MOST);
    },
    lastMinute: (now) => {
      kept = kept.filter(({ at }) => now - at <= MINUTE_MS).slice(-MOST);
      const sorted = kept.map(({ ms }) => ms).sort((a, b) => a - b);
      const of = (part: number): number | undefined => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
      const [p50, p99] = [of(0.5), of(0.99)];
      return p50 === undefined || p99 === undefined ? undefined : { p50, p99 };
    },
  };
}
