/** `POST /stock`: goods come in, are sold at the counter, get lost. The seed's Flow 2. */
import { z } from 'zod';
import type { AdjustStock } from '@inventory/domain/stock.ts';
import type { Accepted, Part } from '../commit/command.ts';
import { ofStore } from '../http/auth/access.ts';
import { json } from '../http/answer.ts';
import { submit } from '../http/endpoint/submit.ts';
import { actorOf, contextOf } from '../http/context.ts';
import { expectedVersion } from '../http/endpoint/etag.ts';
import { contract, implement } from '../http/endpoint/endpoint.ts';
import type { Operation } from '../http/endpoint/endpoint.ts';
import { SAMPLE, SAMPLE_ROW, stockBody, stockChange, stockHeaders, stockRow, userId } from './schema.ts';
import type { StockDeps } from './routes.ts';
import { demandSelf, demandStore } from './scope.ts';

const nothing = z.strictObject({});
const change = z.strictObject(stockChange);

export const changeStock = contract({
  id: 'changeStock', method: 'post', path: '/stock', tag: 'stock', access: ofStore,
  summary: 'Change how much of a product a store has',
  description: 'A receipt, a sale at the counter, a loss. The first receipt of a product in a store makes its row.',
  params: nothing, query: nothing, body: z.strictObject({ ...stockChange, user_id: userId }),
  bodyExample: { ...SAMPLE, quantity_change: 20, reason: 'RESTOCK', user_id: 'vendor-789' },
  answers: {
    200: {
      description: 'The stock row after the change', schema: stockRow, headers: ['ETag', 'X-Stock-Version'],
      example: SAMPLE_ROW,
    },
  },
  problems: [
    'forbidden', 'store_not_in_scope', 'not_found', 'insufficient_stock', 'stock_limit_exceeded', 'version_mismatch',
    'idempotency_key_reused', 'lock_timeout', 'overloaded', 'outcome_unknown',
  ],
});

/** A change as a part of a command. */
export function partOf(body: z.output<typeof change>, ifMatch: number | undefined): Part {
  const adjust: AdjustStock = {
    type: 'adjust_stock', delta: body.quantity_change, reason: body.reason,
    expectedVersion: body.expected_version ?? ifMatch,
    reference: body.reference ?? null, note: body.note ?? null, occurredAt: body.occurred_at ?? null,
  };
  return { kind: 'stock', productId: body.product_id, storeId: body.store_id, change: adjust };
}

/** The row after a change that was accepted. */
export function changed({ results: [result] }: Accepted) {
  if (result === undefined) throw new Error('an accepted command without a result');
  return json(200, stockBody(result.stock), stockHeaders(result.stock));
}

export function changeStockOperation(deps: StockDeps): Operation {
  return implement(changeStock, ({ body, req, res }) => {
    const actor = actorOf(req);
    demandSelf(actor, body.user_id);
    Object.assign(contextOf(req).fields, {
      operation: 'stock_update', store_id: body.store_id, product_id: body.product_id, quantity: body.quantity_change,
    });
    demandStore(actor, body.store_id);
    deps.operations.count(res, 'stock_update', body.store_id);
    const asking = { req, id: changeStock.id, idempotent: true, body };
    return submit(asking, deps.committer, [partOf(body, expectedVersion(req))], changed);
  });
}
