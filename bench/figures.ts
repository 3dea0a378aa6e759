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
  const at = (q: number): number => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0;
  return { count: sorted.length, p50: at(0.5), p95: at(0.95), p99: at(0.99), max: sorted.at(-1) ?? 0 };
}

/** The middle one of a few runs. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}

/** One line of the table, and of docs/benchmarks.json. */
export interface Row {
  readonly id: string;
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  /** What it is held against, measured in the same run. */
  readonly against: { readonly what: string; readonly value: number } | null;
  /** `value / against`, or the value itself where the goal is one. */
  readonly ratio: number | null;
  readonly goal: string;
  readonly met: boolean;
  /** What each run gave. */
  readonly runs: readonly number[];
  /** Whatever else was seen, in words. */
  readonly also: string;
}

/** A goal: the figure to be held, and how it reads. */
export interface Goal {
  readonly text: string;
  readonly holds: (figure: number) => boolean;
}

export const atLeast = (bound: number, of = ''): Goal => ({
  text: `≥ ${bound}${of}`, holds: (figure) => figure >= bound,
});
export const atMost = (bound: number, of = ''): Goal => ({
  text: `≤ ${bound}${of}`, holds: (figure) => figure <= bound,
});

/** A row from its runs. Without `against` the goal is for the value itself. */
export function row(
  { id, what, unit, runs, against, goal, also = '' }: {
    readonly id: string; readonly what: string; readonly unit: string; readonly runs: readonly number[];
    readonly against?: { readonly what: string; readonly value: number }; readonly goal: Goal; readonly also?: string;
  },
): Row {
  const value = median(runs);
  const ratio = against === undefined ? null : value / against.value;
  return {
    id, what, value, unit, against: against ?? null, ratio, goal: goal.text, met: goal.holds(ratio ?? value), runs, also,
  };
}
