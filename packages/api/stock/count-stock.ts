/** `PUT /stores/{store}/stock/{product}`: somebody has counted the shelf. */
import { InventoryError } from '@inventory/domain/errors.ts';
import { instant, MAX_QUANTITY, note, reference } from '@inventory/domain/values.ts';
import { z } from 'zod';
import { ofStore } from '../http/auth/access.ts';
import { submit } from '../http/endpoint/submit.ts';
import { actorOf, contextOf } from '../http/context.ts';
import { expectedVersion } from '../http/endpoint/etag.ts';
import { contract, implement } from '../http/endpoint/endpoint.ts';
import type { Operation } from '../http/endpoint/endpoint.ts';
import { changed } from './change-stock.ts';
import { byRow, SAMPLE_ROW, stockRow, userId } from './schema.ts';
import type { StockDeps } from './routes.ts';
import { demandSelf, demandStore } from './scope.ts';

const quantity = z.int().min(0).max(MAX_QUANTITY);

export const countStock = contract({
  id: 'countStock', method: 'put', path: '/stores/{store}/stock/{product}', tag: 'stock', access: ofStore,
  summary: 'Say how much of a product was counted in a store',
  description: 'The quantity is absolute, so it needs to be said of which state: If-Match with the ETag of the row, or '
    + 'expected_quantity. A count that finds what the row says changes nothing; the first one makes the row.',
  params: byRow, query: z.strictObject({}),
  body: z.strictObject({
    quantity, expected_quantity: quantity.optional(), reference: reference.optional(), note: note.optional(),
    occurred_at: instant.optional(), user_id: userId,
  }),
  bodyExample: { quantity: 38, expected_quantity: 40, reference: 'count-2026-11' },
  answers: {
    200: {
      description: 'The stock row as counted', schema: stockRow, headers: ['ETag', 'X-Stock-Version'],
      example: { ...SAMPLE_ROW, quantity: 38, available: 36, version: 8 },
    },
  },
  problems: [
    'forbidden', 'store_not_in_scope', 'not_found', 'insufficient_stock', 'stock_limit_exceeded', 'version_mismatch',
    'precondition_required', 'idempotency_key_reused', 'lock_timeout', 'overloaded', 'outcome_unknown',
  ],
});

export function countStockOperation(deps: StockDeps): Operation {
  return implement(countStock, ({ params, body, req, res }) => {
    const actor = actorOf(req);
    demandSelf(actor, body.user_id);
    Object.assign(contextOf(req).fields, {
      operation: 'stock_count', store_id: params.store, product_id: params.product, quantity: body.quantity,
    });
    demandStore(actor, params.store);
    const ifMatch = req.get('if-match');
    if (ifMatch === undefined && body.expected_quantity === undefined) {
      throw new InventoryError(
        'precondition_required', 'A count needs If-Match with the ETag of the row, or expected_quantity.',
      );
    }
    deps.operations.count(res, 'stock_count', params.store);
    return submit({ req, id: countStock.id, idempotent: true, body }, deps.committer, [{
      kind: 'stock', productId: params.product, storeId: params.store,
      change: {
        type: 'count_stock', quantity: body.quantity, expectedVersion: expectedVersion(req),
        expectedQuantity: body.expected_quantity, mustExist: ifMatch === '*',
        reference: body.reference ?? null, note: body.note ?? null, occurredAt: body.occurred_at ?? null,
      },
    }], changed);
  });
}
