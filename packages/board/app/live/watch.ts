/**
 * The live source of the pages: availability of some products as it is now, then every change of it. It asks again and again
 * (GET /availability), for as long as the signal lasts, and tells in each case how old the answer is and where it comes from.
 * A request costs one unit of the caller's rate limit for ten products; the pause keeps it below a third of 500 a minute.
 */
import type { Client, Output } from '@inventory/client/client.ts';
import { isInventoryProblem } from '@inventory/client/client.ts';

type Source = Output<'listAvailability'>['items'][number]['source'];

/** What a store has of a product, as the API says it. */
export interface StockRow {
  readonly product: string;
  readonly store: string;
  readonly available: number;
  readonly reserved: number;
  readonly version: number;
}

/** What an answer says of itself. */
export interface Age {
  /** Milliseconds since 1970 by the server: everything until then is in it. */
  readonly asOf: number;
  readonly source: Source;
}

export type Connection =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'live' }
  /** `code` of the problem; the next attempt is at `nextAt` by performance.now(). */
  | { readonly kind: 'reconnecting'; readonly code: string; readonly nextAt: number };

interface WatchOptions {
  readonly products: readonly string[];
  /** Gets rows that are new or have changed; at first all of them. */
  readonly onRows: (rows: readonly StockRow[]) => void;
  readonly onAge: (age: Age) => void;
  readonly onConnection: (connection: Connection) => void;
  readonly signal: AbortSignal;
}

const MOST_PRODUCTS = 100;
const PAUSE_MS = 1000;
/** Added for each hundred products. */
const PAUSE_FOR_MORE_MS = 3000;
/** A live page that waits longer for an answer says so. */
const PATIENCE_MS = 3000;
const LONGEST_PAUSE_MS = 15_000;

/** Watches until the signal ends it. @throws what is no problem of the API */
export async function watch(client: Client, options: WatchOptions): Promise<void> {
  const { products, onRows, onAge, onConnection, signal } = options;
  const known = new Map<string, StockRow>();
  let failures = 0;
  onConnection({ kind: 'connecting' });
  while (!signal.aborted && products.length > 0) {
    let waitMs = PAUSE_MS + Math.floor(products.length / MOST_PRODUCTS * PAUSE_FOR_MORE_MS);
    try {
      for (let from = 0; from < products.length; from += MOST_PRODUCTS) {
        const { items } = await client.listAvailability({ product_ids: products.slice(from, from + MOST_PRODUCTS) },
          { signal, retries: 0, deadlineMs: PATIENCE_MS });
        // Rows and their age belong together: the page must not say "now" beside numbers that are not drawn yet.
        onRows(changedRows(items, known));
        if (items.length > 0) onAge(ageOf(items));
      }
      failures = 0;
      onConnection({ kind: 'live' });
    } catch (error) {
      if (signal.aborted) return;
      if (!isInventoryProblem(error)) throw error;
      failures += 1;
      waitMs = Math.max(error.retryAfterMs ?? 0, Math.min(LONGEST_PAUSE_MS, 500 * 2 ** Math.min(failures, 5)) * (0.5 + Math.random() / 2));
      onConnection({ kind: 'reconnecting', code: error.code, nextAt: performance.now() + waitMs });
    }
    await pause(waitMs, signal);
  }
}

/** A version that is older than the known one is an answer that was overtaken, unless the answer is the log's own. */
function changedRows(items: Output<'listAvailability'>['items'], known: Map<string, StockRow>): readonly StockRow[] {
  return items.flatMap(({ product_id: product, stores, source }) => stores.flatMap((found) => {
    const row: StockRow = {
      product, store: found.store_id, available: found.available, reserved: found.reserved, version: found.version,
    };
    const key = `${product} ${row.store}`;
    const before = known.get(key);
    if (before?.version === row.version || (before !== undefined && before.version > row.version && source !== 'database')) return [];
    known.set(key, row);
    return [row];
  }));
}

/** Together they are as old as the oldest, and come from the worst source. */
function ageOf(items: Output<'listAvailability'>['items']): Age {
  const sources = items.map(({ source }) => source);
  return {
    asOf: Math.min(...items.map(({ as_of: asOf }) => Date.parse(asOf))),
    source: sources.find((source) => source === 'stale') ?? sources.find((source) => source === 'database') ?? 'cache',
  };
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
  });
}
