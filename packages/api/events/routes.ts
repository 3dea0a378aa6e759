/** The operations on the event log. */
import type { Database } from '@inventory/db/pool.ts';
import type { Operation } from '../http/endpoint/endpoint.ts';
import { listEventsOperation } from './list-events.ts';
import { getEventOperation } from './get-event.ts';

export function eventOperations(deps: { readonly db: Database }): readonly Operation[] {
  return [listEventsOperation(deps), getEventOperation(deps)];
}
