/** A store's new name, with its event, in the caller's transaction. */
import { appendCatalogueEvent } from '@inventory/db/append.ts';
import type { Database } from '@inventory/db/pool.ts';
import { refuse } from '@inventory/domain/errors.ts';
import { sql } from 'kysely';
import type { CatalogueOutcome } from '../commit/catalogue-transaction.ts';
import type { EventCause } from '../http/endpoint/submit.ts';
import type { StoreRow } from './row.ts';

/** Renames a store. The name that it has already is no change: no event, the same version. */
export async function renameStore(
  trx: Database, id: string, name: string, expected: number | undefined, event: EventCause,
): Promise<CatalogueOutcome<StoreRow>> {
  const before = await trx.selectFrom('stores').selectAll().where('id', '=', id).forNoKeyUpdate().executeTakeFirst();
  if (before === undefined) return refuse('not_found', 'There is no such store.');
  if (expected !== undefined && expected !== before.version) {
    return refuse('version_mismatch', `The store is at version ${before.version}, not ${expected}.`, {
      current_version: before.version,
    });
  }
  if (name === before.name) return { ok: true, value: before };
  const store = await trx.updateTable('stores')
    .set({ name, version: before.version + 1, updated_at: sql<Date>`clock_timestamp()` })
    .where('id', '=', id).returningAll().executeTakeFirstOrThrow();
  await appendCatalogueEvent(trx, {
    ...event,
    event: {
      type: 'store.updated',
      payload: { store_uid: store.uid, store_id: store.id, name: store.name, version: store.version },
    },
  });
  return { ok: true, value: store };
}
