/** `PATCH /stores/{id}`. */
import { appendCatalogueEvent } from '@inventory/db/formats/append.ts';
import type { Database } from '@inventory/db/pool.ts';
import { refuse } from '@inventory/domain/errors.ts';
import { otherVersion } from '@inventory/domain/versions.ts';
import { sql } from 'kysely';
import { z } from 'zod';
import type { CatalogueOutcome } from '../commit/catalogue-transaction.ts';
import type { ApiDeps } from '../deps.ts';
import { json } from '../http/answer.ts';
import { adminOnly } from '../http/auth/access.ts';
import { endpoint, nothing } from '../http/endpoint/endpoint.ts';
import { versionTag } from '../http/endpoint/etag.ts';
import { catalogueProblems } from '../http/endpoint/submit.ts';
import type { EventCause } from '../http/endpoint/submit.ts';
import { storeBody } from './row.ts';
import type { StoreRow } from './row.ts';
import { byId, name, SAMPLE, store } from './schema.ts';

export const updateStore = endpoint({
  id: 'updateStore', method: 'patch', path: '/stores/{id}', tag: 'stores', access: adminOnly,
  summary: 'Rename a store',
  description: 'With If-Match, only if the store is at that version.',
  params: byId, query: nothing, body: z.strictObject({ name }), bodyExample: { name: 'Madrid Sol' },
  answers: {
    200: {
      description: 'The store after the change', schema: store, headers: ['ETag'],
      example: { ...SAMPLE, name: 'Madrid Sol', version: 2, updated_at: '2026-11-24T10:30:12.001Z' },
    },
  },
  problems: ['forbidden', 'not_found', 'version_mismatch', ...catalogueProblems],
  idempotent: true, conditional: true,
  about: ({ params }) => ({ operation: 'store_update', store_id: params.id }),
  handle: ({ params, body, ifMatch, submitToCatalogue }, { db }: Pick<ApiDeps, 'db'>) => submitToCatalogue(db,
    (trx, event) => renameStore(trx, params.id, body.name, ifMatch, event),
    (renamed) => json(200, storeBody(renamed), { etag: versionTag(renamed.version) })),
});

/** Renames a store in the caller's transaction. The name that it has already changes nothing: no event, no new version. */
async function renameStore(
  trx: Database, id: string, newName: string, expected: number | undefined, event: EventCause,
): Promise<CatalogueOutcome<StoreRow>> {
  const before = await trx.selectFrom('stores').selectAll().where('id', '=', id).forNoKeyUpdate().executeTakeFirst();
  if (before === undefined) return refuse('not_found', 'There is no such store.');
  if (expected !== undefined && expected !== before.version) {
    return refuse('version_mismatch', otherVersion('store', before.version, expected), {
      current_version: before.version,
    });
  }
  if (newName === before.name) return { ok: true, value: before };
  const renamed = await trx.updateTable('stores')
    .set({ name: newName, version: before.version + 1, updated_at: sql<Date>`clock_timestamp()` })
    .where('id', '=', id).returningAll().executeTakeFirstOrThrow();
  await appendCatalogueEvent(trx, {
    ...event,
    event: {
      type: 'store.updated',
      payload: { store_uid: renamed.uid, store_id: renamed.id, name: renamed.name, version: renamed.version },
    },
  });
  return { ok: true, value: renamed };
}
