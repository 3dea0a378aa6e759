/** `GET /products/{id}`. */
import { InventoryError } from '@inventory/domain/errors.ts';
import type { ApiDeps } from '../deps.ts';
import { everybody } from '../http/auth/access.ts';
import { endpoint, noBody, nothing } from '../http/endpoint/endpoint.ts';
import { taggedAnswer, versionTag } from '../http/endpoint/etag.ts';
import { productBody } from './row.ts';
import { byId, product, SAMPLE } from './schema.ts';

export const getProduct = endpoint({
  id: 'getProduct', method: 'get', path: '/products/{id}', tag: 'products', access: everybody,
  summary: 'Get a product',
  params: byId, query: nothing, body: noBody,
  answers: {
    200: { description: 'The product, archived or not', schema: product, headers: ['ETag'], example: SAMPLE },
    304: { description: 'Not changed since the answer with this ETag' },
  },
  problems: ['not_found'],
  about: ({ params }) => ({ product_id: params.id }),
  handle: async ({ params, req }, { db }: Pick<ApiDeps, 'db'>) => {
    const found = await db.selectFrom('products').selectAll().where('id', '=', params.id).executeTakeFirst();
    if (found === undefined) throw new InventoryError('not_found', 'There is no such product.');
    return taggedAnswer(req, versionTag(found.version), productBody(found));
  },
});
