/**
 * A day in a chain of shops as a plan: what happens where, in the order of its minutes. The same seed gives the same day. Pure:
 * what comes of it (a sale that finds nothing left, a hold that lapses) is decided by the system that it is played to.
 */
import type { DemoStore } from './chain.ts';

export type Action = {
  /** Minutes since midnight. */
  readonly minute: number;
  readonly store: string;
  readonly product: string;
} & (
  | { readonly what: 'receive' | 'sell' | 'return'; readonly quantity: number }
  /** Somebody counts what is there, and finds so many more or fewer than the books say. */
  | { readonly what: 'count'; readonly off: number }
  /** A cart of the web shop, and what becomes of it: paid, given up, or forgotten until it lapses. */
  | { readonly what: 'hold'; readonly quantity: number; readonly customer: string; readonly then: 'pay' | 'cancel' | 'forget'; readonly ttl: number }
);

export const OPENS = 8 * 60;
export const CLOSES = 21 * 60;

/** How busy an hour is, from 8 to 20: lunch and the evening are. */
const HOURS = [1, 2, 3, 4, 5, 6, 3, 2, 3, 5, 7, 8, 5] as const;

/** A generator of numbers from 0 to 1 (mulberry32): the same seed gives the same numbers. */
function createChance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6D2B79F5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

interface Chain { readonly stores: readonly DemoStore[]; readonly products: readonly string[] }

/** Plans a day. @param options `actions` beside the deliveries of the morning; `seed` chooses the day */
export function planDay({ stores, products }: Chain, { seed, actions }: { readonly seed: number; readonly actions: number }): readonly Action[] {
  const chance = createChance(seed);
  const pick = <T>(from: readonly T[]): T => {
    const found = from[Math.floor(chance() * from.length)];
    if (found === undefined) throw new Error('nothing to choose from');
    return found;
  };
  const weighted = <T>(from: readonly T[], weight: (each: T) => number): T => {
    let left = chance() * from.reduce((sum, each) => sum + weight(each), 0);
    return from.find((each) => (left -= weight(each)) < 0) ?? pick(from);
  };
  const whole = (least: number, most: number): number => least + Math.floor(chance() * (most - least + 1));
  const place = () => ({ store: weighted(stores, ({ share }) => share).id, product: weighted(products, (product) => 1 / (1 + products.indexOf(product) / 8)) });
  const busy = HOURS.map((weight, nth) => ({ hour: 8 + nth, weight }));
  const minute = (): number => weighted(busy, ({ weight }) => weight).hour * 60 + whole(0, 59);

  const plan: Action[] = [];
  for (let nth = 0; nth < Math.ceil(actions / 20); nth += 1) plan.push({ what: 'receive', minute: whole(OPENS, OPENS + 60), ...place(), quantity: whole(6, 40) });
  for (let nth = 0; nth < actions; nth += 1) {
    const kind = chance();
    const common = { minute: minute(), ...place() };
    if (kind < 0.5) {
      const then = chance();
      plan.push({
        what: 'hold', ...common, quantity: whole(1, 3), customer: `shopper-${whole(1, 2000)}`,
        then: then < 0.6 ? 'pay' : then < 0.75 ? 'cancel' : 'forget', ttl: pick([60, 120, 600]),
      });
    } else if (kind < 0.9) plan.push({ what: 'sell', ...common, quantity: whole(1, 2) });
    else if (kind < 0.95) plan.push({ what: 'return', ...common, quantity: 1 });
    else if (kind < 0.98) plan.push({ what: 'count', ...common, off: whole(-2, 1) });
    else plan.push({ what: 'receive', ...common, quantity: whole(4, 20) });
  }
  // At noon everybody wants the same thing in the same store, until none is left.
  const rush = place();
  for (let nth = 0; nth < 60; nth += 1) plan.push({ what: 'sell', minute: 12 * 60 + Math.floor(nth / 4), ...rush, quantity: whole(2, 5) });
  return plan.sort((a, b) => a.minute - b.minute);
}
