/** A planned day, played to a running system through its API, as shops and a web shop would. */
import type { Client, Output } from '@inventory/client/client.ts';
import { isInventoryProblem } from '@inventory/client/client.ts';
import { setTimeout as wait } from 'node:timers/promises';
import type { DemoStore } from './chain.ts';
import type { Action } from './day.ts';
import { OPENS } from './day.ts';

/** Who does it: the staff of the shops, and the server of the web shop. */
interface Parts { readonly staff: Client; readonly shop: Client }

/** What came of it, by what it was: done, or refused by a rule of the trade (nothing left, say) or by a rate limit. */
export type Tally = Record<string, { done: number; refused: number }>;

type Row = Output<'changeStockBatch'>['items'][number];

/** Carts and sales that are under way at once, at most; a system that is slower slows the day down. */
const MOST_AT_ONCE = 16;
const FIRST_STOCK = 24;
const BATCH = 500;
/** A customer pays or gives up after so many milliseconds, at most. */
const THINKS_MS = 8000;

/** Opens the stores that are missing, and gives each what it lacks of each product. @returns the products, by SKU */
export async function openShops({ staff }: Parts, stores: readonly DemoStore[]): Promise<readonly string[]> {
  for (const { id, name } of stores) await staff.createStore({ store_id: id, name }).catch(unlessThere);
  const products: string[] = [];
  for await (const { product_id: id } of staff.listProducts({ limit: 200 })) products.push(id);
  for (const { id } of stores) {
    const kept = new Set<string>();
    for await (const { product_id: product } of staff.listStock({ store: id, limit: 200 })) kept.add(product);
    const items = products.filter((product) => !kept.has(product)).map((product, nth) => ({
      product_id: product, store_id: id, quantity_change: 1 + (nth * 7 + id.charCodeAt(0)) % FIRST_STOCK, reason: 'RESTOCK' as const, reference: 'opening',
    }));
    for (let from = 0; from < items.length; from += BATCH) {
      const { items: rows }: { items: readonly Row[] } = await staff.changeStockBatch({ mode: 'atomic', items: items.slice(from, from + BATCH) });
      if (rows.length === 0) throw new Error(`nothing arrived in ${id}`);
    }
  }
  return products;
}

/**
 * Plays the plan; minutes of the day pass `speed` times as fast as real ones. Ends with the plan or with the signal.
 * @param onMinute hears of each minute of the day, and of what came of everything so far
 */
export async function playDay(
  parts: Parts, plan: readonly Action[], { speed, signal, onMinute }: {
    readonly speed: number; readonly signal: AbortSignal; readonly onMinute: (minute: number, tally: Tally) => void;
  },
): Promise<Tally> {
  const tally: Tally = {};
  const begun = performance.now();
  const running = new Set<Promise<void>>();
  let told = -1;
  for (const action of plan) {
    const dueMs = (action.minute - OPENS) * 60_000 / speed - (performance.now() - begun);
    if (dueMs > 0) await wait(dueMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) break;
    if (action.minute !== told) onMinute(told = action.minute, tally);
    const count = (outcome: 'done' | 'refused'): void => {
      const sums = tally[action.what] ??= { done: 0, refused: 0 };
      sums[outcome] += 1;
    };
    const one = act(parts, action, signal).then(() => { count('done'); }, (error: unknown) => {
      if (signal.aborted) return;
      // A day that is played faster than the limits of its two users allow loses what the client's retries could not place.
      if (!isInventoryProblem(error) || (error.status !== 409 && error.status !== 429)) throw error;
      count('refused');
    }).finally(() => { running.delete(one); });
    running.add(one);
    if (running.size >= MOST_AT_ONCE) await Promise.race(running);
  }
  await Promise.all(running);
  return tally;
}

async function act({ staff, shop }: Parts, action: Action, signal: AbortSignal): Promise<void> {
  const { store: store_id, product: product_id } = action;
  const change = (quantity_change: number, reason: 'RESTOCK' | 'SALE' | 'RETURN') =>
    staff.changeStock({ product_id, store_id, quantity_change, reason }, { signal });
  switch (action.what) {
    case 'receive': await change(action.quantity, 'RESTOCK'); return;
    case 'sell': await change(-action.quantity, 'SALE'); return;
    case 'return': await change(action.quantity, 'RETURN'); return;
    case 'count': {
      const { quantity, version } = await staff.getStock({ store: store_id, product: product_id }, { signal });
      await staff.countStock({ store: store_id, product: product_id, quantity: Math.max(0, quantity + action.off) }, { ifMatch: version, signal })
        // Somebody bought one meanwhile: it is counted another time.
        .catch((error: unknown) => { if (!isInventoryProblem(error) || error.code !== 'version_mismatch') throw error; });
      return;
    }
    case 'hold': {
      const { quantity, customer: customer_id, ttl } = action;
      const { reservation_id: id } = await shop.createReservation({ product_id, store_id, quantity, customer_id, ttl, reference: 'web' }, { signal });
      if (action.then === 'forget') return;
      void think(signal).then(() => (action.then === 'pay' ? shop.confirmReservation({ id }, { signal }) : shop.cancelReservation({ id }, { signal })))
        .catch((error: unknown) => { if (!signal.aborted && !isInventoryProblem(error)) throw error; });
    }
  }
}

function think(signal: AbortSignal): Promise<void> {
  return wait(Math.random() * THINKS_MS, undefined, { signal });
}

function unlessThere(error: unknown): void {
  if (!isInventoryProblem(error) || error.status !== 409) throw error;
}
