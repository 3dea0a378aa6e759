/** Quantiles of what was measured: one way to count them, for tests and the bench. */
import { quantile } from '@inventory/runtime/quantile.ts';

/** Latencies in milliseconds. */
export interface Latency {
  readonly count: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** @param values in ms, in any order; all zero when there are none */
export function summarise(values: readonly number[]): Latency {
  const sorted = Float64Array.from(values).sort();
  const at = (q: number): number => quantile(sorted, q) ?? 0;
  return { count: sorted.length, p50: at(0.5), p95: at(0.95), p99: at(0.99), max: sorted.at(-1) ?? 0 };
}

/** The middle one of a few values, in any order; 0 when there are none. */
export function median(values: readonly number[]): number {
  return quantile(values.toSorted((a, b) => a - b), 0.5) ?? 0;
}
