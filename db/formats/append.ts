/** Appends events of products and stores, in the transaction of their change. The group commit appends those of stock rows. */
import type { CatalogueEvent } from '@inventory/domain/events.ts';
import { aggregateIdOf, streamOf } from '@inventory/domain/events.ts';
import { writtenAs } from '@inventory/domain/events-stored.ts';
import { GLOBAL_STORE } from '@inventory/domain/values.ts';
import { allowedVersion } from './formats.ts';
import type { Database } from '../pool.ts';

interface Appendable {
  readonly id: string;
  readonly event: CatalogueEvent;
  readonly metadata: object;
}

/** Appends one event. This transaction must hold the lock of the row that the event tells of: its position is drawn under it. */
export async function appendCatalogueEvent(trx: Database, { id, event, metadata }: Appendable): Promise<void> {
  const stream = streamOf(event);
  const { version, payload } = writtenAs(event, await allowedVersion(trx, event.type));
  await trx.insertInto('events').values({
    id,
    event_type: event.type,
    store_id: 'store_id' in event.payload ? event.payload.store_id : GLOBAL_STORE,
    aggregate_id: aggregateIdOf(event),
    payload: JSON.stringify(payload),
    stream_id: stream.id,
    stream_version: stream.version,
    schema_version: version,
    metadata: JSON.stringify(metadata),
  }).execute();
}
