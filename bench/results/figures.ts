/** The rows of the table: a figure, what it is held against, and its goal. */
import { median } from '@inventory/testkit/figures/latency.ts';

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
interface Goal {
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
