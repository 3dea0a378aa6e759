/** `GET /stores/{id}`. */
import { InventoryError } from '@inventory/domain/errors.ts';
import type { ApiDeps } from '../deps.ts';
import { everybody } from '../http/auth/access.ts';
import { endpoint, noBody, nothing } from '../http/endpoint/endpoint.ts';
import { taggedAnswer, versionTag } from '../http/endpoint/etag.ts';
import { storeBody } from './row.ts';
import { byId, SAMPLE, store } from './schema.ts';

export const getStore = endpoint({
  id: 'getStore', method: 'get', path: '/stores/{id}', tag: 'stores', access: everybody,
  summary: 'Get a store',
  params: byId, query: nothing, body: noBody,
  answers: {
    200: { description: 'The store', schema: store, headers: ['ETag'], example: SAMPLE },
    304: { description: 'Not changed since the answer with this ETag' },
  },
  problems: ['not_found'],
  about: ({ params }) => ({ store_id: params.id }),
  handle: async ({ params, req }, { db }: Pick<ApiDeps, 'db'>) => {
    const found = await db.selectFrom('stores').selectAll().where('id', '=', params.id).executeTakeFirst();
    if (found === undefined) throw new InventoryError('not_found', 'There is no such store.');
    return taggedAnswer(req, versionTag(found.version), storeBody(found));
  },
});
