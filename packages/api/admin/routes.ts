/** The operations for those who run the system. */
import type { Database } from '@inventory/db/pool.ts';
import type { Operation } from '../http/endpoint/endpoint.ts';
import { getConsistencyOperation } from './get-consistency.ts';
import { getLagOperation } from './get-lag.ts';

export function adminOperations(deps: { readonly db: Database }): readonly Operation[] {
  return [getLagOperation(deps), getConsistencyOperation(deps)];
}
