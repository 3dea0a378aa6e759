/** Appends events of products and stores, in the transaction of their change. The group commit appends those of stock rows. */
import type { CatalogueEvent } from '@inventory/domain/events.ts';
import { aggregateIdOf, SCHEMA_VERSION, streamOf } from '@inventory/domain/events.ts';
import { GLOBAL_STORE } from '@inventory/domain/values.ts';
import type { Database } from './pool.ts';

interface Appendable {
  readonly id: string;
  readonly event: CatalogueEvent;
  readonly metadata: object;
}

/** Appends one event. This transaction must hold the lock of the row that the event tells of: its position is drawn under it. */
export async function appendCatalogueEvent(trx: Database, { id, event, metadata }: Appendable): Promise<void> {
  const stream = streamOf(event);
  await trx.insertInto('events').values({
    id,
    event_type: event.type,
    store_id: 'store_id' in event.payload ? event.payload.store_id : GLOBAL_STORE,
    aggregate_id: aggregateIdOf(event),
    payload: JSON.stringify(event.payload),
    stream_id: stream.id,
    stream_version: stream.version,
    schema_version: SCHEMA_VERSION,
    metadata: JSON.stringify(metadata),
  }).execute();
}
