/** `GET /stores`. */
import type { Database } from '@inventory/db/pool.ts';
import { storeId } from '@inventory/domain/values.ts';
import { z } from 'zod';
import type { ApiDeps } from '../deps.ts';
import { everybody } from '../http/auth/access.ts';
import { cursorsOf, cursorText } from '../http/endpoint/cursor.ts';
import { endpoint, noBody, nothing } from '../http/endpoint/endpoint.ts';
import { limit, listOf, pageAnswer, pageCost, pageOf } from '../http/endpoint/page.ts';
import { storeBody } from './row.ts';
import type { StoreRow } from './row.ts';
import { SAMPLE, store } from './schema.ts';

const cursors = cursorsOf('stores', z.strictObject({ id: storeId }));

export const listStores = endpoint({
  id: 'listStores', method: 'get', path: '/stores', tag: 'stores', access: everybody,
  summary: 'List the stores',
  params: nothing, query: z.strictObject({ limit, cursor: cursorText.optional() }), body: noBody,
  cost: pageCost, sizeOf: ({ query }) => query.limit,
  answers: {
    200: {
      description: 'A page of stores, ordered by id', schema: listOf(store), headers: ['Link'],
      example: { items: [SAMPLE], next_cursor: null },
    },
  },
  problems: [],
  handle: async ({ query: { limit: size, cursor }, req }, { db }: Pick<ApiDeps, 'db'>) => {
    const after = cursor === undefined ? undefined : cursors.decode({}, cursor).id;
    const { items, last } = pageOf(await readStores(db, after, size + 1), size);
    return pageAnswer(req, items.map(storeBody), last && cursors.encode({}, { id: last.id }));
  },
});

/** Stores by their id, from behind `after`. */
function readStores(db: Database, after: string | undefined, size: number): Promise<readonly StoreRow[]> {
  const query = db.selectFrom('stores').selectAll().orderBy('id').limit(size);
  return (after === undefined ? query : query.where('id', '>', after)).execute();
}
