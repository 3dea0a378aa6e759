/** `GET /products`. */
import type { Database } from '@inventory/db/pool.ts';
import { uuid } from '@inventory/domain/values.ts';
import { z } from 'zod';
import type { ApiDeps } from '../deps.ts';
import { everybody } from '../http/auth/access.ts';
import { cursorsOf, cursorText } from '../http/endpoint/cursor.ts';
import { endpoint, noBody, nothing } from '../http/endpoint/endpoint.ts';
import { limit, listOf, pageAnswer, pageCost, pageOf, truth } from '../http/endpoint/page.ts';
import { productBody } from './row.ts';
import type { ProductRow } from './row.ts';
import { product, SAMPLE, sku } from './schema.ts';

const cursors = cursorsOf('products', z.strictObject({ id: uuid }));

export const listProducts = endpoint({
  id: 'listProducts', method: 'get', path: '/products', tag: 'products', access: everybody,
  summary: 'List the products, or find one by its SKU',
  description: 'Without archived products; with archived=true, archived products only.',
  params: nothing,
  query: z.strictObject({
    sku: sku.optional(), archived: truth.default(false), limit, cursor: cursorText.optional(),
  }),
  body: noBody,
  cost: pageCost, sizeOf: ({ query }) => query.limit,
  answers: {
    200: {
      description: 'A page of products', schema: listOf(product), headers: ['Link'],
      example: { items: [SAMPLE], next_cursor: null },
    },
  },
  problems: [],
  handle: async ({ query: { limit: size, cursor, ...filter }, req }, { db }: Pick<ApiDeps, 'db'>) => {
    const after = cursor === undefined ? undefined : cursors.decode(filter, cursor).id;
    const { items, last } = pageOf(await readProducts(db, filter, after, size + 1), size);
    return pageAnswer(req, items.map(productBody), last && cursors.encode(filter, { id: last.id }));
  },
});

/** Products by their id, from behind `after`: in the order in which they were made, for ids that are made here. */
function readProducts(
  db: Database, filter: { readonly sku?: string | undefined; readonly archived: boolean }, after: string | undefined,
  size: number,
): Promise<readonly ProductRow[]> {
  let query = db.selectFrom('products').selectAll().where('archived_at', filter.archived ? 'is not' : 'is', null);
  if (filter.sku !== undefined) query = query.where('sku', '=', filter.sku);
  if (after !== undefined) query = query.where('id', '>', after);
  return query.orderBy('id').limit(size).execute();
}
