/** The operations on stock, one file each. */
import type { Database } from '@inventory/db/pool.ts';
import type { Committer } from '../commit/committer.ts';
import type { Operation } from '../http/endpoint/endpoint.ts';
import type { StockOperations } from '../http/endpoint/stock-operations.ts';
import { changeStockOperation } from './change-stock.ts';
import { changeStockBatchOperation } from './change-stock-batch.ts';
import { countStockOperation } from './count-stock.ts';
import { explainStockOperation } from './explain-stock.ts';
import { getStockHistoryOperation } from './get-stock-history.ts';
import { listStockOperation } from './list-stock.ts';
import { getStockOperation } from './get-stock.ts';

export interface StockDeps {
  readonly committer: Committer;
  readonly db: Database;
  readonly operations: StockOperations;
}

export function stockOperations(deps: StockDeps): readonly Operation[] {
  return [
    changeStockOperation(deps), changeStockBatchOperation(deps), countStockOperation(deps), listStockOperation(deps),
    getStockOperation(deps), getStockHistoryOperation(deps), explainStockOperation(deps),
  ];
}
