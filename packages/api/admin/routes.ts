/** The operations for those who run the system. */
import type { Database } from '@inventory/db/pool.ts';
import type { Operation } from '../http/operation.ts';
import { getConsistencyOperation } from './consistency.ts';
import { getLagOperation } from './lag.ts';

export function adminOperations(deps: { readonly db: Database }): readonly Operation[] {
  return [getLagOperation(deps), getConsistencyOperation(deps)];
}
