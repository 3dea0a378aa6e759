/** The stores: everybody reads them, the administrator writes them. */
import type { Database } from '@inventory/db/pool.ts';
import { InventoryError, refuse } from '@inventory/domain/errors.ts';
import { v7 } from 'uuid';
import { z } from 'zod';
import type { CatalogueOutcome } from '../commit/catalogue-transaction.ts';
import { json } from '../http/answer.ts';
import { submitToCatalogue } from '../http/endpoint/submit.ts';
import { contextOf } from '../http/context.ts';
import { cursorsOf } from '../http/endpoint/cursor.ts';
import { expectedVersion, taggedAnswer, versionTag } from '../http/endpoint/etag.ts';
import { implement } from '../http/endpoint/endpoint.ts';
import type { Operation } from '../http/endpoint/endpoint.ts';
import { pageAnswer, pageOf } from '../http/endpoint/page.ts';
import { renameStore } from './update-store.ts';
import { createStoreContract, getStore, listStores, updateStore } from './contracts.ts';
import { insertStore } from './create-store.ts';
import { storeBody } from './row.ts';
import type { StoreRow } from './row.ts';

const cursors = cursorsOf('stores', z.object({ id: z.string() }));

/** Stores by their id, from behind `after`. */
function readStores(db: Database, after: string | undefined, size: number): Promise<readonly StoreRow[]> {
  const query = db.selectFrom('stores').selectAll().orderBy('id').limit(size);
  return (after === undefined ? query : query.where('id', '>', after)).execute();
}

export function storeOperations({ db }: { readonly db: Database }): readonly Operation[] {
  return [
    implement(createStoreContract, ({ body, req }) => {
      contextOf(req).fields['store_id'] = body.store_id;
      return submitToCatalogue({ req, id: createStoreContract.id, idempotent: true, body }, db,
        async (trx, event): Promise<CatalogueOutcome<StoreRow>> => {
          const store = await insertStore(trx, { id: body.store_id, uid: v7(), name: body.name }, event);
          if (store === undefined) return refuse('in_use', `The id ${body.store_id} is another store's.`);
          return { ok: true, value: store };
        },
        (store) => json(201, storeBody(store), {
          location: `/api/v1/stores/${store.id}`, etag: versionTag(store.version),
        }));
    }),
    implement(listStores, async ({ query: { limit, cursor }, req }) => {
      const after = cursor === undefined ? undefined : cursors.decode({}, cursor).id;
      const { items, last } = pageOf(await readStores(db, after, limit + 1), limit);
      return pageAnswer(req, items.map(storeBody), last && cursors.encode({}, { id: last.id }));
    }),
    implement(getStore, async ({ params, req }) => {
      contextOf(req).fields['store_id'] = params.id;
      const store = await db.selectFrom('stores').selectAll().where('id', '=', params.id).executeTakeFirst();
      if (store === undefined) throw new InventoryError('not_found', 'There is no such store.');
      return taggedAnswer(req, versionTag(store.version), storeBody(store));
    }),
    implement(updateStore, ({ params, body, req }) => {
      contextOf(req).fields['store_id'] = params.id;
      const expected = expectedVersion(req);
      return submitToCatalogue({ req, id: updateStore.id, idempotent: true, body }, db,
        (trx, event) => renameStore(trx, params.id, body.name, expected, event),
        (store) => json(200, storeBody(store), { etag: versionTag(store.version) }));
    }),
  ];
}
