/** `POST /stores`. */
import { storeId } from '@inventory/domain/values.ts';
import { z } from 'zod';
import type { ApiDeps } from '../deps.ts';
import { json } from '../http/answer.ts';
import { adminOnly } from '../http/auth/access.ts';
import { endpoint, nothing } from '../http/endpoint/endpoint.ts';
import { versionTag } from '../http/endpoint/etag.ts';
import { catalogueProblems } from '../http/endpoint/submit.ts';
import { newId } from '../ids.ts';
import { insertStore } from './insert-store.ts';
import { storeBody } from './row.ts';
import { name, refuseHalfPlaces, SAMPLE, store, whereabouts } from './schema.ts';

export const createStore = endpoint({
  id: 'createStore', method: 'post', path: '/stores', tag: 'stores', access: adminOnly,
  verb: 'catalogue:write',
  summary: 'Open a store',
  description: 'The id never changes: it names the store in events, subjects and tokens. Left out, a store is open, in no group and '
    + 'at no known place.',
  params: nothing, query: nothing, body: z.strictObject({ store_id: storeId, name, ...whereabouts }).check(refuseHalfPlaces),
  bodyExample: {
    store_id: 'MAD-001', name: 'Madrid Centro', groups: ['madrid'], latitude: 40.4168, longitude: -3.7038, country: 'ES',
    time_zone: 'Europe/Madrid',
  },
  answers: { 201: { description: 'The store', schema: store, headers: ['Location', 'ETag'], example: SAMPLE } },
  problems: ['forbidden', 'in_use', ...catalogueProblems],
  idempotent: true,
  about: ({ body }) => ({ operation: 'store_create', store_id: body.store_id }),
  handle: async ({ body: { store_id: id, ...members }, submitToCatalogue }, { db, stores }: Pick<ApiDeps, 'db' | 'stores'>) => {
    const answer = await submitToCatalogue(db,
      (trx, event) => insertStore(trx, { id, uid: newId(), ...members }, event),
      (created) => json(201, storeBody(created), {
        location: `/api/v1/stores/${created.id}`, etag: versionTag(created.version),
      }));
    await stores.refresh();
    return answer;
  },
});
