/** Measures the time from a commit to its message at a consumer. */
import { setTimeout as delay } from 'node:timers/promises';
import { quantile } from '@inventory/runtime/quantile.ts';
import { appendStockEvents } from '@inventory/testkit/log/fixture.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import type { Workbench } from './workbench.ts';

interface Latency {
  readonly samples: number;
  /** In ms. */
  readonly p50: number;
  readonly p99: number;
}

const PAUSE_MS = 20;

/** Appends to one stock row until it is stopped, each event when the one before has arrived, and hints as the api does. */
export function measureLive(workbench: Workbench, stockId: string): { samples(): number; stop(): Promise<Latency> } {
  const tookMs: number[] = [];
  let stopped = false;
  const measure = async (): Promise<void> => {
    let arrivedAtMs = 0;
    const subscription = workbench.nats.subscribe('stock.>', { callback: (_error, message) => {
      if (message.headers?.get('ce-partitionkey') === stockId) arrivedAtMs = performance.now();
    } });
    try {
      while (!stopped) {
        arrivedAtMs = 0;
        await appendStockEvents(workbench.pool, { stockIds: [stockId] });
        const committedAtMs = performance.now();
        await workbench.pool.query('NOTIFY inventory_events');
        await eventually(() => { if (arrivedAtMs === 0) throw new Error('not there'); }, { timeoutMs: 60_000, everyMs: 1 });
        tookMs.push(Math.max(0, arrivedAtMs - committedAtMs));
        await delay(Math.random() * 2 * PAUSE_MS);
      }
    } finally {
      subscription.unsubscribe();
    }
  };
  const done = measure();
  done.catch(() => undefined);
  return {
    samples: () => tookMs.length,
    async stop() {
      stopped = true;
      await done;
      const sorted = tookMs.toSorted((a, b) => a - b);
      const at = (q: number): number => Math.round(10 * (quantile(sorted, q) ?? 0)) / 10;
      return { samples: sorted.length, p50: at(0.5), p99: at(0.99) };
    },
  };
}
