/** The operations on stock, one file each. */
import type { Database } from '@inventory/db/pool.ts';
import type { Committer } from '../commit/lanes.ts';
import type { Operation } from '../http/operation.ts';
import type { StockOperations } from '../operations.ts';
import { changeStockOperation } from './adjust.ts';
import { changeStockBatchOperation } from './batch.ts';
import { countStockOperation } from './count.ts';
import { explainStockOperation } from './explain.ts';
import { getStockHistoryOperation } from './history.ts';
import { listStockOperation } from './list.ts';
import { getStockOperation } from './show.ts';

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
