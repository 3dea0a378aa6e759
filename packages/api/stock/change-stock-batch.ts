/** `POST /stock/batch`: a delivery note, a night's corrections: up to a thousand changes in one transaction. */
import type { Refusal } from '@inventory/domain/errors.ts';
import { z } from 'zod';
import type { Accepted, Answer } from '../commit/command.ts';
import { ofStore } from '../http/auth/access.ts';
import { json } from '../http/answer.ts';
import { submit } from '../http/endpoint/submit.ts';
import { actorOf, contextOf } from '../http/context.ts';
import { contract, implement } from '../http/endpoint/endpoint.ts';
import type { Operation } from '../http/endpoint/endpoint.ts';
import { problemTypes } from '../http/problems.ts';
import { partOf } from './change-stock.ts';
import { SAMPLE, SAMPLE_ROW, stockBody, stockChange, stockRow, userId } from './schema.ts';
import type { StockDeps } from './routes.ts';
import { demandSelf } from './scope.ts';

const nothing = z.strictObject({});
export const MAX_ITEMS = 1000;

const batchBody = z.strictObject({
  mode: z.enum(['atomic', 'partial']).default('atomic'),
  items: z.array(z.strictObject(stockChange)).min(1).max(MAX_ITEMS),
  user_id: userId,
});

const done = stockRow.extend({ index: z.int(), status: z.literal(200) });
const refused = z.object({
  index: z.int(),
  status: z.int(),
  code: z.string(),
  title: z.string(),
  detail: z.string(),
  product_id: z.uuid(),
  store_id: z.string(),
  lines: z.array(z.object({
    index: z.int(), product_id: z.uuid(), store_id: z.string(), requested: z.int(), available: z.int(),
  })).optional(),
  current_version: z.int().optional(),
  current_quantity: z.int().optional(),
});

export const atomicAnswer = z.object({ mode: z.literal('atomic'), items: z.array(done) });
export const partialAnswer = z.object({
  mode: z.literal('partial'), succeeded: z.int(), failed: z.int(), items: z.array(z.union([done, refused])),
});

export const changeStockBatch = contract({
  id: 'changeStockBatch', method: 'post', path: '/stock/batch', tag: 'stock', access: ofStore,
  summary: 'Change many stock rows at once',
  description: 'The items are taken one after the other, in one transaction. atomic: all or nothing, with one status; '
    + 'a refusal points at every item that cannot be done. partial: each item has a status of its own.',
  params: nothing, query: nothing, body: batchBody, bodyLimit: '1mb',
  bodyExample: {
    mode: 'partial',
    items: [
      { ...SAMPLE, quantity_change: 20, reason: 'RESTOCK', reference: 'delivery-4711' },
      { ...SAMPLE, store_id: 'BCN-001', quantity_change: -900, reason: 'TRANSFER_OUT' },
    ],
  },
  answers: {
    200: {
      description: 'atomic: every item is done; each row as it was left by its item', schema: atomicAnswer,
      example: { mode: 'atomic', items: [{ index: 0, status: 200, ...SAMPLE_ROW }] },
    },
    207: {
      description: 'partial: what became of each item', schema: partialAnswer,
      example: {
        mode: 'partial', succeeded: 1, failed: 1,
        items: [
          { index: 0, status: 200, ...SAMPLE_ROW },
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
    'idempotency_key_reused', 'payload_too_large', 'lock_timeout', 'overloaded', 'outcome_unknown',
  ],
});

type Body = z.output<typeof batchBody>;

function refusedItem(index: number, { code, message, details }: Refusal, item: Body['items'][number]) {
  const { lines, current_version, current_quantity } = details;
  return {
    index, status: problemTypes[code].status, code, title: problemTypes[code].title, detail: message,
    product_id: item.product_id, store_id: item.store_id,
    ...(lines === undefined ? {} : { lines: lines.map((line) => ({ ...line, index })) }),
    ...(current_version === undefined ? {} : { current_version }),
    ...(current_quantity === undefined ? {} : { current_quantity }),
  };
}

function answerOf({ mode, items }: Body, accepted: Accepted): Answer {
  const results = new Map(accepted.results.map(({ index, stock }) => [index, stock]));
  const told = items.map((item, index) => {
    const [stock, refusal] = [results.get(index), accepted.refused.get(index)];
    if (stock !== undefined) return { index, status: 200, ...stockBody(stock) };
    if (refusal !== undefined) return refusedItem(index, refusal, item);
    throw new Error(`nothing became of item ${index}`);
  });
  if (mode === 'atomic') return json(200, { mode, items: told });
  return json(207, { mode, succeeded: results.size, failed: accepted.refused.size, items: told });
}

export function changeStockBatchOperation(deps: StockDeps): Operation {
  return implement(changeStockBatch, ({ body, req, res }) => {
    demandSelf(actorOf(req), body.user_id);
    const [first] = body.items;
    Object.assign(contextOf(req).fields, { operation: 'stock_batch', items: body.items.length, mode: body.mode });
    // One series for the whole list: a batch over many stores is no operation of one of them.
    deps.operations.count(res, 'stock_batch', first?.store_id ?? '');
    // If-Match speaks of one row, so a batch knows only the items' own expected_version.
    const parts = body.items.map((item) => partOf(item, undefined));
    return submit(
      { req, id: changeStockBatch.id, idempotent: true, body }, deps.committer, parts,
      (accepted) => answerOf(body, accepted), { list: 'items', partial: body.mode === 'partial' },
    );
  });
}
