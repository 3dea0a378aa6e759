/**
 * The live source of the pages: the rows of some products as they are, then every change of them, by the stream of the API. It
 * tells how old what it has told is, how long a change has taken to the screen, and what keeps it from telling more.
 */
import type { Client } from '@inventory/client/client.ts';
import { isInventoryProblem } from '@inventory/client/client.ts';
import { throttled } from '../parts/throttle.ts';
import { observeServerTime, serverNow } from './clock.ts';
import { createLatencies } from './latency.ts';
import { asOf, connection, forgetLive, latency } from './state.ts';

/** What a store has of a product. */
export interface StockRow {
  readonly product: string;
  readonly store: string;
  readonly available: number;
  /** 0 for who may not see it. */
  readonly reserved: number;
  readonly version: number;
  /** Milliseconds since 1970. */
  readonly committedAt: number;
  /** The reason or the type of the event that changed it; undefined in a snapshot, and for who may not see it. */
  readonly what: string | undefined;
}

interface WatchOptions {
  readonly products: readonly string[];
  /** All stores where it is left out. */
  readonly stores?: readonly string[];
  /** Draws rows that are new or have changed; at first, and after a gap, all of them. */
  readonly onRows: (rows: readonly StockRow[]) => void;
  readonly signal: AbortSignal;
}

const LATENCY_MS = 1000;
/** A question names so many stores, at most; of more, all are watched. */
const MOST_STORES = 100;

/** Watches until the signal ends it. @throws {InventoryProblem} if the API refuses */
export async function watch(client: Client, { products, stores, onRows, signal }: WatchOptions): Promise<void> {
  if (products.length === 0) return;
  const latencies = createLatencies();
  const tellLatency = throttled(LATENCY_MS, () => { latency.set(latencies.lastMinute(performance.now())); });
  // A snapshot is as old as the question for it, at most.
  let askedAt = performance.now();
  connection.set({ kind: 'connecting' });
  try {
    await client.watch({
      product_ids: products, ...(stores === undefined || stores.length > MOST_STORES ? {} : { store_ids: stores }), signal,
      onRows: (rows, { snapshot }) => {
        const now = serverNow();
        if (snapshot && now !== undefined) asOf.set(now - (performance.now() - askedAt));
        onRows(rows.map((row) => ({
          product: row.product_id, store: row.store_id, available: row.available, reserved: row.reserved ?? 0, version: row.version,
          committedAt: Date.parse(row.committed_at), what: row.reason ?? row.type,
        })));
        if (!snapshot) afterPaint(() => {
          const shownAt = serverNow();
          if (shownAt === undefined) return;
          for (const row of rows) latencies.add(performance.now(), shownAt - Date.parse(row.committed_at));
          tellLatency.ask();
        });
      },
      onTick: ({ as_of: until, server_time: time }) => {
        observeServerTime(Date.parse(time), performance.now());
        if (until !== null) asOf.set(Date.parse(until));
      },
      onState: (state) => {
        if (state.kind === 'live') {
          connection.set(state);
          return;
        }
        askedAt = performance.now() + state.retryInMs;
        connection.set({ kind: 'reconnecting', code: state.code, nextAt: askedAt });
      },
    });
  } catch (error) {
    if (isInventoryProblem(error) || !signal.aborted) throw error;
  } finally {
    tellLatency.end();
    forgetLive();
  }
}

/** Calls back when what was drawn has reached the screen: in the second frame after it. */
function afterPaint(act: () => void): void {
  requestAnimationFrame(() => { requestAnimationFrame(act); });
}
