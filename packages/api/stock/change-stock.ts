/** `POST /stock`: a receipt, a sale at the counter, a loss. The seed's Flow 2. */
import { z } from 'zod';
import type { ApiDeps } from '../deps.ts';
import { ofStore } from '../http/auth/access.ts';
import { userId } from '../http/body-members.ts';
import { endpoint, nothing } from '../http/endpoint/endpoint.ts';
import { commitProblems } from '../http/endpoint/submit.ts';
import { aboutProduct, meantBy, ONE_NAME, oneName } from '../directory/named-product.ts';
import { overMaxChange, partsOf } from './parts.ts';
import { changed } from './row.ts';
import { changedRow, SAMPLE, SAMPLE_CHANGED, stockChange } from './schema.ts';

export const changeStock = endpoint({
  id: 'changeStock', method: 'post', path: '/stock', tag: 'stock', access: ofStore,
  verb: 'stock:adjust',
  summary: 'Change the stock of a product in a store',
  description: 'A receipt, a sale at the counter, a loss. The first receipt of a product in a store makes its row. The product is named by '
    + 'product_id, sku or barcode; quantity_change counts packs where the barcode is one of a pack.',
  params: nothing, query: nothing, body: z.strictObject({ ...stockChange, user_id: userId }).check(oneName).meta(ONE_NAME),
  bodyExample: { ...SAMPLE, quantity_change: 20, reason: 'RESTOCK', user_id: 'vendor-789' },
  answers: {
    200: {
      description: 'The stock row after the change', schema: changedRow, headers: ['ETag', 'X-Stock-Version'],
      example: SAMPLE_CHANGED,
    },
  },
  problems: [
    'forbidden', 'store_not_in_scope', 'not_found', 'insufficient_stock', 'stock_limit_exceeded', 'version_mismatch',
    ...commitProblems,
  ],
  idempotent: true, conditional: true,
  about: ({ body }) => ({
    operation: 'stock_update', store_id: body.store_id, ...aboutProduct(body), quantity: body.quantity_change,
  }),
  reach: ({ body }) => ({ user: body.user_id, store: body.store_id }),
  handle: async ({ body, req, ifMatch, submit }, { committer, codes }: Pick<ApiDeps, 'committer' | 'codes'>) => {
    const { meant, fault } = await meantBy(codes, req, [body]);
    return submit(committer, partsOf([body], meant, ifMatch), changed, { fault: fault ?? overMaxChange([body], meant) });
  },
});
