/** `POST /stock/batch`: up to a thousand stock changes in one transaction, such as a delivery note. */
import { z } from 'zod';
import type { ApiDeps } from '../deps.ts';
import { ofStore } from '../http/auth/access.ts';
import { userId } from '../http/body-members.ts';
import { endpoint, nothing } from '../http/endpoint/endpoint.ts';
import { commitProblems } from '../http/endpoint/submit.ts';
import { batchAnswer, doneIn } from './batch-answer.ts';
import { meantBy } from '../directory/named-product.ts';
import { overMaxChange, partsOf } from './parts.ts';
import { atomicAnswer, partialAnswer, SAMPLE, SAMPLE_CHANGED, stockChangeItem } from './schema.ts';

const MAX_ITEMS = 1000;

const batchBody = z.strictObject({
  mode: z.enum(['atomic', 'partial']).default('atomic'),
  items: z.array(stockChangeItem).min(1).max(MAX_ITEMS),
  user_id: userId,
});

export const changeStockBatch = endpoint({
  id: 'changeStockBatch', method: 'post', path: '/stock/batch', tag: 'stock', access: ofStore,
  verb: 'stock:adjust',
  summary: 'Change many stock rows at once',
  description: 'The items are applied one after the other, in one transaction. atomic: all or nothing, with one status; a '
    + 'refusal points at every item that cannot be done. partial: each item has its own status. Each item names its product by product_id, sku '
    + 'or barcode; quantity_change counts packs where the barcode is one of a pack.',
  params: nothing, query: nothing, body: batchBody, bodyLimit: 1024 * 1024,
  cost: { unitFor: 10, of: 'items' }, sizeOf: ({ body }) => body.items.length,
  bodyExample: {
    mode: 'partial',
    items: [
      { ...SAMPLE, quantity_change: 20, reason: 'RESTOCK', reference: 'delivery-4711' },
      { ...SAMPLE, store_id: 'BCN-001', quantity_change: -900, reason: 'TRANSFER_OUT' },
    ],
  },
  answers: {
    200: {
      description: 'atomic: every item is done; each row as it was after its item', schema: atomicAnswer,
      example: { mode: 'atomic', items: [{ index: 0, status: 200, ...SAMPLE_CHANGED }] },
    },
    207: {
      description: 'partial: the result of each item', schema: partialAnswer,
      example: {
        mode: 'partial', succeeded: 1, failed: 1,
        items: [
          { index: 0, status: 200, ...SAMPLE_CHANGED },
          {
            index: 1, status: 409, code: 'insufficient_stock', title: 'There is not enough stock',
            detail: '10 available, 900 requested.', ...SAMPLE, store_id: 'BCN-001',
            lines: [{ index: 1, ...SAMPLE, store_id: 'BCN-001', requested: 900, available: 10 }],
          },
        ],
      },
    },
  },
  problems: [
    'forbidden', 'store_not_in_scope', 'not_found', 'insufficient_stock', 'stock_limit_exceeded', 'version_mismatch',
    'payload_too_large', ...commitProblems,
  ],
  idempotent: true,
  about: ({ body: { items, mode } }) => ({
    operation: 'stock_batch', items: items.length, mode, stores: items.map((item) => item.store_id),
  }),
  // The stores are decided item by item: in partial mode one foreign store costs the other items nothing.
  reach: ({ body }) => ({ user: body.user_id }),
  handle: async ({ body, req, submit }, { committer, codes }: Pick<ApiDeps, 'committer' | 'codes'>) => {
    const { meant, fault } = await meantBy(codes, req, body.items, 'items');
    // If-Match speaks of one row, so only the items' own expected_version counts.
    return submit(committer, partsOf(body.items, meant), (accepted) => batchAnswer(body, accepted), {
      fault: fault ?? overMaxChange(body.items, meant, 'items'), list: 'items', partial: body.mode === 'partial', ...(body.mode === 'partial' ? { done: doneIn } : {}),
    });
  },
});
