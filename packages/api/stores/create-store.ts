/** A new store, and the event that tells of it, in one transaction. */
import { appendCatalogueEvent } from '@inventory/db/append.ts';
import type { Database } from '@inventory/db/pool.ts';
import type { StoreRow } from './row.ts';

export interface NewStore {
  readonly id: string;
  readonly uid: string;
  readonly name: string;
}

/**
 * Inserts it in the caller's transaction. It waits for somebody who is taking the same id at this moment.
 * @returns undefined when the id is taken already: nothing was written then
 */
export async function insertStore(
  trx: Database, store: NewStore, event: { readonly id: string; readonly metadata: object },
): Promise<StoreRow | undefined> {
  const inserted = await trx.insertInto('stores').values(store)
    .onConflict((conflict) => conflict.doNothing()).returningAll().executeTakeFirst();
  if (inserted === undefined) return undefined;
  await appendCatalogueEvent(trx, {
    ...event,
    event: {
      type: 'store.created',
      payload: { store_uid: store.uid, store_id: store.id, name: store.name, version: inserted.version },
    },
  });
  return inserted;
}

/** @returns false when the id is taken already: nothing was written then */
export function createStore(
  db: Database, store: NewStore, event: { readonly id: string; readonly metadata: object },
): Promise<boolean> {
  return db.transaction().execute(async (trx) => await insertStore(trx, store, event) !== undefined);
}
