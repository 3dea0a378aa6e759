/** `PATCH /stores/{id}`. */
import { isDeepStrictEqual } from 'node:util';
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
import { changeable, storeBody, storePayload } from './row.ts';
import type { StoreRow } from './row.ts';
import { byId, name, refuseHalfPlaces, SAMPLE, store, whereabouts } from './schema.ts';

const storePatch = z.strictObject({ name: name.optional(), ...whereabouts })
  .refine((patch) => Object.keys(patch).length > 0, 'must change something').check(refuseHalfPlaces);

export const updateStore = endpoint({
  id: 'updateStore', method: 'patch', path: '/stores/{id}', tag: 'stores', access: adminOnly,
  verb: 'catalogue:write',
  summary: 'Change members of a store: its name, place, groups or state',
  description: 'A member that is left out stays as it is; null empties it. A store that is CLOSED is left out of answers about '
    + 'availability within 2 s; what it holds stays, and whoever names it is served. With If-Match, only if the store is at that version.',
  params: byId, query: nothing, body: storePatch, bodyExample: { groups: ['madrid', 'centre'], priority: 10 },
  answers: {
    200: {
      description: 'The store after the change', schema: store, headers: ['ETag'],
      example: { ...SAMPLE, groups: ['centre', 'madrid'], priority: 10, version: 2, updated_at: '2026-11-24T10:30:12.001Z' },
    },
  },
  problems: ['forbidden', 'not_found', 'version_mismatch', ...catalogueProblems],
  idempotent: true, conditional: true,
  about: ({ params }) => ({ operation: 'store_update', store_id: params.id }),
  handle: async ({ params, body, ifMatch, submitToCatalogue }, { db, stores }: Pick<ApiDeps, 'db' | 'stores'>) => {
    const answer = await submitToCatalogue(db,
      (trx, event) => patchStore(trx, params.id, body, ifMatch, event),
      (patched) => json(200, storeBody(patched), { etag: versionTag(patched.version) }));
    await stores.refresh();
    return answer;
  },
});

/** Patches a store in the caller's transaction. A patch that changes nothing writes nothing: no event, no new version. */
async function patchStore(
  trx: Database, id: string, patch: z.output<typeof storePatch>, expected: number | undefined, event: EventCause,
): Promise<CatalogueOutcome<StoreRow>> {
  const before = await trx.selectFrom('stores').selectAll().where('id', '=', id).forNoKeyUpdate().executeTakeFirst();
  if (before === undefined) return refuse('not_found', 'There is no such store.');
  if (expected !== undefined && expected !== before.version) {
    return refuse('version_mismatch', otherVersion('store', before.version, expected), {
      current_version: before.version,
    });
  }
  const changed = changeable.filter((member) => patch[member] !== undefined && !isDeepStrictEqual(patch[member], before[member]));
  if (changed.length === 0) return { ok: true, value: before };
  const patched = await trx.updateTable('stores')
    .set({ ...patch, version: before.version + 1, updated_at: sql<Date>`clock_timestamp()` })
    .where('id', '=', id).returningAll().executeTakeFirstOrThrow();
  await appendCatalogueEvent(trx, { ...event, event: { type: 'store.updated', payload: storePayload(patched) } });
  return { ok: true, value: patched };
}
