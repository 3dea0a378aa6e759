/**
 * What an event means to the view, and the one way in which it is written: over an older version only. The stream, sealing
 * and rebuilds all use it, so they agree on every field and need no coordination.
 */
import { encodeProduct, encodeStock, encodeStore } from '@inventory/view/codec.ts';
import { isStoreField, PRODUCT_FIELD, productKey, storeNamesKey } from '@inventory/view/keys.ts';
import { applyScript, removeWrongScript } from '@inventory/view/scripts.ts';
import type { DomainEvent } from '@inventory/domain/events.ts';
import { readStoredEvent } from '@inventory/domain/events-stored.ts';
import type { Format, History, StoredEvent } from '@inventory/domain/events-stored.ts';
import { GLOBAL_STORE } from '@inventory/domain/values.ts';
import type { Redis } from '@inventory/runtime/redis/link.ts';
import { runForKeys, runScript } from '@inventory/runtime/redis/scripts.ts';

/** One field of one hash. */
export interface ViewWrite {
  readonly key: string;
  readonly field: string;
  readonly value: string;
  readonly version: number;
}

/**
 * Reads an event of the log or of a message, whatever version of its schema it was written in. `history` is that of the log
 * where it is left out.
 * @throws {TooNew | ZodError | RangeError} like readStoredEvent; {RangeError} when its store cannot be a field of
 *   the view
 */
export function readEvent(stored: StoredEvent, history?: History): DomainEvent {
  const event = readStoredEvent(stored, history);
  const { payload: p } = event;
  // A payload is less guarded than the columns of the log, and a store id `#full` would declare a hash to be a view.
  if ('store_id' in p && (!isStoreField(p.store_id) || p.store_id === GLOBAL_STORE)) {
    throw new RangeError(`not a store id: ${JSON.stringify(p.store_id)}`);
  }
  return event;
}

/** The type and version of a row of `events`. */
export function formatOf({ event_type: type, schema_version: version }: { readonly event_type: string; readonly schema_version: number }): Format {
  return { type, version };
}

/** What the view keeps of an event; undefined for an event that changes nothing. */
export function writeOf(epoch: string, event: DomainEvent): ViewWrite | undefined {
  switch (event.type) {
    case 'reservation.rejected':
    case 'customer.erased':
      return undefined;
    case 'product.created':
    case 'product.updated':
    case 'product.archived': {
      const { product_id, version, name } = event.payload;
      const value = encodeProduct({ version, archived: event.type === 'product.archived', name });
      return { key: productKey(epoch, product_id), field: PRODUCT_FIELD, value, version };
    }
    case 'store.created':
    case 'store.updated': {
      const { store_id, version, name } = event.payload;
      return { key: storeNamesKey(epoch), field: store_id, value: encodeStore({ version, name }), version };
    }
    default: {
      const { product_id, store_id, version } = event.payload;
      return { key: productKey(epoch, product_id), field: store_id, value: encodeStock(event.payload), version };
    }
  }
}

interface Applied {
  /** For each write: true when its field was written, by it or by a newer write of the same call; false when it was as new. */
  readonly written: readonly boolean[];
  /** Fields that skipped a version which is not among the writes: an older event is still to come, or never comes. */
  readonly gaps: number;
}

/**
 * Writes each field that is newer than the view's.
 * @throws when a write was not answered, or was answered with an error
 */
export async function applyWrites(redis: Redis, writes: readonly ViewWrite[]): Promise<Applied> {
  const places = new Map<string, number>();
  const fields: { write: ViewWrite; oldest: number }[] = [];
  const placeOf = writes.map((write) => {
    const name = `${write.key} ${write.field}`;
    const place = places.get(name) ?? fields.length;
    const known = fields[place];
    if (known === undefined) {
      places.set(name, place);
      fields.push({ write, oldest: write.version });
    } else {
      if (known.write.version < write.version) known.write = write;
      known.oldest = Math.min(known.oldest, write.version);
    }
    return place;
  });
  const answers = await runForKeys(redis, applyScript, fields.map(({ write: { key, field, value } }) => ({ key, args: [field, value] })));
  const before = answers.map(Number);
  return {
    written: placeOf.map((place) => (before[place] ?? -1) >= 0),
    gaps: fields.filter(({ oldest }, index) =>
      (before[index] ?? -1) > 0 && oldest > (before[index] ?? -1) + 1).length,
  };
}

/**
 * Takes away a product's view, and the lease of a filler whose reading may be too old: the next read asks Postgres. For
 * events that cannot be read.
 */
export async function closeView(redis: Redis, epoch: string, productId: string): Promise<void> {
  await runScript(redis, removeWrongScript, { keys: [productKey(epoch, productId)], args: [] });
}
