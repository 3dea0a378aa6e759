/**
 * The steps from the last count, or from the beginning, to what is available now: a waterfall. Pure. What is held is the last
 * step, because it is still there and only spoken for.
 */
import type { Output } from '@inventory/client/client.ts';

export type Explanation = Output<'explainStock'>;
export type Movement = Explanation['chain'][number];

type Kind = 'start' | 'plus' | 'minus' | 'held' | 'end';

export interface Step {
  readonly kind: Kind;
  /** What it was: a reason or a type of event; `start`, `opening`, `count`, `held`, `available` for steps that are none. */
  readonly what: string;
  /** How many events it stands for. */
  readonly events: number;
  readonly change: number;
  /** Where its bar begins and ends, in units. */
  readonly from: number;
  readonly to: number;
  /** When it was counted, for a count. */
  readonly time: string | undefined;
}

/** What happened, in one word: the reason of a change, the type of everything else. */
export const whatOf = ({ reason, type }: { readonly reason: string | null; readonly type: string }): string => reason ?? type;

/** The steps up to a version; up to now without one. */
export function stepsTo(found: Explanation, version = found.version): readonly Step[] {
  const chain = found.chain.filter((each) => each.version <= version);
  const counted = chain.findLastIndex(({ reason }) => reason === 'COUNT');
  const last = chain.at(-1);
  // The chain is the newest part of what was folded: without a count in it, what lies before is only there as a sum.
  const isWhole = counted < 0 && version === found.version;
  const begin: Step = counted >= 0 ? start('count', chain[counted]?.after.quantity ?? 0, chain[counted]?.time)
    : isWhole ? start(found.opening.version === 0 ? 'start' : 'opening', found.opening.quantity, undefined)
      : start(chain[0]?.version === 1 ? 'start' : 'opening', chain[0]?.before.quantity ?? found.opening.quantity, undefined);
  const sums = isWhole ? found.totals.map((total) => ({ what: whatOf(total), events: total.events, change: total.delta }))
    : summed(chain.slice(counted + 1));
  const steps = [begin];
  for (const { what, events, change } of sums) {
    const from = steps.at(-1)?.to ?? 0;
    if (change !== 0) steps.push({ kind: change > 0 ? 'plus' : 'minus', what, events, change, from, to: from + change, time: undefined });
  }
  const now = version === found.version ? found : last?.after ?? found.opening;
  const holds = version === found.version ? found.open_holds.length : 0;
  if (now.reserved > 0) {
    steps.push({ kind: 'held', what: 'held', events: holds, change: -now.reserved, from: now.quantity, to: now.available, time: undefined });
  }
  return [...steps, { kind: 'end', what: 'available', events: 0, change: now.available, from: 0, to: now.available, time: undefined }];
}

function start(what: string, quantity: number, time: string | undefined): Step {
  return { kind: 'start', what, events: 0, change: quantity, from: 0, to: quantity, time };
}

/** By what happened, in the order in which each first came about. */
function summed(chain: readonly Movement[]): readonly { readonly what: string; readonly events: number; readonly change: number }[] {
  const sums = new Map<string, { what: string; events: number; change: number }>();
  for (const movement of chain) {
    const what = whatOf(movement);
    const sum = sums.get(what) ?? { what, events: 0, change: 0 };
    sums.set(what, { what, events: sum.events + 1, change: sum.change + movement.delta });
  }
  return [...sums.values()];
}
