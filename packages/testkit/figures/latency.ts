/** Quantiles of what was measured: one way to count them, for tests and the bench. */

/** Latencies in milliseconds. */
export interface Latency {
  readonly count: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** The value below which a share `q` (0 to 1) of the sorted values lies; 0 when there are none. */
function quantileOf(sorted: ArrayLike<number>, q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0;
}

/** @param values in ms, in any order; all zero when there are none */
export function summarise(values: readonly number[]): Latency {
  const sorted = Float64Array.from(values).sort();
  const at = (q: number): number => quantileOf(sorted, q);
  return { count: sorted.length, p50: at(0.5), p95: at(0.95), p99: at(0.99), max: sorted.at(-1) ?? 0 };
}

/** The middle one of a few values, in any order; 0 when there are none. */
export function median(values: readonly number[]): number {
  return quantileOf(values.toSorted((a, b) => a - b), 0.5);
}
