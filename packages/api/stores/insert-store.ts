/** A new store and its event, in the caller's transaction: for the endpoint and for the seed. */
import { appendCatalogueEvent } from '@inventory/db/formats/append.ts';
import type { Database } from '@inventory/db/pool.ts';
import { refuse } from '@inventory/domain/errors.ts';
import type { CatalogueOutcome } from '../commit/catalogue-transaction.ts';
import { storePayload } from './row.ts';
import type { changeable, StoreRow } from './row.ts';

/** What it leaves out has the default of the table: open, in no group, at no known place. */
type NewStore = Pick<StoreRow, 'id' | 'uid' | 'name'> & { readonly [M in (typeof changeable)[number]]?: StoreRow[M] | undefined };

/** Inserts it, or refuses a taken id with in_use before it has written anything. Waits for a rival that takes the id. */
export async function insertStore(
  trx: Database, store: NewStore, event: { readonly id: string; readonly metadata: object },
): Promise<CatalogueOutcome<StoreRow>> {
  const inserted = await trx.insertInto('stores').values(store)
    .onConflict((conflict) => conflict.doNothing()).returningAll().executeTakeFirst();
  if (inserted === undefined) return refuse('in_use', `The id ${store.id} is another store's.`);
  await appendCatalogueEvent(trx, { ...event, event: { type: 'store.created', payload: storePayload(inserted) } });
  return { ok: true, value: inserted };
}
