/** The seed's stock_operations_total, with a bound on the stores that get a series of their own. */
import type { ServerResponse } from 'node:http';
import type { Metrics } from '@inventory/runtime/metrics.ts';

/** Ten thousand stores would be ten thousand series for each operation and status: beyond this they share one. */
const MAX_STORES = 200;

export interface StockOperations {
  /**
   * Counts the operation when its answer is sent, once under each of the stores, or under `other` where there is none.
   * `stores` is read then: it may grow until the answer is sent.
   */
  count(res: ServerResponse, operation: string, stores: readonly string[]): void;
}

export function createStockOperations(metrics: Metrics): StockOperations {
  const total = metrics.counter({
    name: 'stock_operations_total', help: 'Writes by operation, store and outcome',
    labels: ['operation', 'store_id', 'status'],
  });
  const known = new Set<string>();
  return {
    count: (res, operation, stores) => {
      res.on('finish', () => {
        const ok = res.statusCode < 400;
        const labels = new Set<string>();
        for (const store of stores) {
          // Only a store that exists may become a series: an operation on it has succeeded.
          if (ok && known.size < MAX_STORES) known.add(store);
          labels.add(known.has(store) ? store : 'other');
        }
        if (labels.size === 0) labels.add('other');
        for (const store_id of labels) total.inc({ operation, store_id, status: ok ? 'success' : 'error' });
      });
    },
  };
}
