/** The seed's stock_operations_total, with a cap on the stores that get a series of their own. */
import type { ServerResponse } from 'node:http';
import type { Metrics } from '@inventory/runtime/metrics.ts';

/** Ten thousand stores would be ten thousand series for each operation and status: beyond this they share one. */
const MAX_STORES = 200;

export interface StockOperations {
  /** Counts the operation when its answer is sent. */
  count(res: ServerResponse, operation: string, storeId: string): void;
}

export function createStockOperations(metrics: Metrics): StockOperations {
  const total = metrics.counter({
    name: 'stock_operations_total', help: 'Operations on stock by outcome',
    labels: ['operation', 'store_id', 'status'],
  });
  const stores = new Set<string>();
  return {
    count: (res, operation, storeId) => {
      res.on('finish', () => {
        const ok = res.statusCode < 400;
        // Only a store that exists may become a series: an operation on it has succeeded.
        if (ok && stores.size < MAX_STORES) stores.add(storeId);
        total.inc({ operation, store_id: stores.has(storeId) ? storeId : 'other', status: ok ? 'success' : 'error' });
      });
    },
  };
}
