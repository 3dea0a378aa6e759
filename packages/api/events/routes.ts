/** The operations on the event log. */
import type { Database } from '@inventory/db/pool.ts';
import type { Operation } from '../http/operation.ts';
import { listEventsOperation } from './feed.ts';
import { getEventOperation } from './show.ts';

export function eventOperations(deps: { readonly db: Database }): readonly Operation[] {
  return [listEventsOperation(deps), getEventOperation(deps)];
}
