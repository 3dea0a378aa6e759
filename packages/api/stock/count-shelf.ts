/** `POST /stores/{store}/counts`: the counts of many products of a store in one transaction, such as a shelf. */
import { InventoryError } from '@inventory/domain/errors.ts';
import { note, reference, storeId, uuid } from '@inventory/domain/values.ts';
import { z } from 'zod';
import type { Part } from '../commit/command.ts';
import type { ApiDeps } from '../deps.ts';
import { ofStore, requireVerb } from '../http/auth/access.ts';
import { occurredAt, userId } from '../http/body-members.ts';
import { actorOf } from '../http/context.ts';
import { endpoint, nothing } from '../http/endpoint/endpoint.ts';
import { commitProblems } from '../http/endpoint/submit.ts';
import { batchAnswer, doneIn } from './batch-answer.ts';
import { atomicAnswer, expectedVersion, found, onShortfall, partialAnswer, SAMPLE, SAMPLE_ROW } from './schema.ts';

const MAX_ITEMS = 1000;
const MAX_ERRORS = 20;

const countedItem = z.strictObject({
  product_id: uuid, quantity: found, expected_quantity: found.optional(), expected_version: expectedVersion.optional(),
  note: note.optional(), occurred_at: occurredAt.optional(),
});

const shelf = z.strictObject({
  mode: z.enum(['atomic', 'partial']).default('atomic'),
  items: z.array(countedItem).min(1).max(MAX_ITEMS)
    .refine((items) => new Set(items.map(({ product_id: id }) => id)).size === items.length, 'must name each product once'),
  on_shortfall: onShortfall.default('REFUSE'),
  reference: reference.optional(),
  user_id: userId,
});
type Shelf = z.output<typeof shelf>;

export const countShelf = endpoint({
  id: 'countShelf', method: 'post', path: '/stores/{store}/counts', tag: 'stock', access: ofStore,
  verb: 'stock:count',
  summary: 'Count many products of a store at once',
  description: 'Each item is a count as PUT …/stock/{product} takes it, and must name the state that it replaces: expected_quantity or '
    + 'expected_version. atomic: all or nothing, with one status; a refusal points at every item that cannot be done. partial: each '
    + 'item has its own status. on_shortfall is of all items.',
  params: z.object({ store: storeId }), query: nothing, body: shelf, bodyLimit: 1024 * 1024,
  cost: { unitFor: 10, of: 'items' }, sizeOf: ({ body }) => body.items.length,
  bodyExample: {
    mode: 'partial', reference: 'count-2026-11', items: [{ product_id: SAMPLE.product_id, quantity: 38, expected_version: 7 }],
  },
  answers: {
    200: {
      description: 'atomic: every item is done; each row as it was after its item', schema: atomicAnswer,
      example: { mode: 'atomic', items: [{ index: 0, status: 200, ...SAMPLE_ROW, quantity: 38, available: 36, version: 8 }] },
    },
    207: {
      description: 'partial: the result of each item', schema: partialAnswer,
      example: {
        mode: 'partial', succeeded: 0, failed: 1,
        items: [{
          index: 0, status: 412, code: 'version_mismatch', title: 'It has changed in the meantime',
          detail: 'The version is 8, not 7.', ...SAMPLE, current_version: 8, current_quantity: 41,
        }],
      },
    },
  },
  problems: [
    'forbidden', 'store_not_in_scope', 'not_found', 'insufficient_stock', 'stock_limit_exceeded', 'change_limit_exceeded', 'version_mismatch',
    'precondition_required', 'payload_too_large', ...commitProblems,
  ],
  idempotent: true,
  about: ({ params, body: { items, mode } }) => ({ operation: 'stock_count_batch', store_id: params.store, items: items.length, mode }),
  reach: ({ params, body }) => ({ user: body.user_id, store: params.store }),
  handle: async ({ params: { store }, body, req, submit }, { committer }: Pick<ApiDeps, 'committer'>) => {
    requireConditions(body);
    const releases = body.on_shortfall === 'RELEASE';
    if (releases) requireVerb(actorOf(req), 'reserve');
    const items = body.items.map(({ product_id }) => ({ product_id, store_id: store, released: releases }));
    const partial = body.mode === 'partial';
    return submit(committer, partsOf(body, store), (accepted) => batchAnswer({ mode: body.mode, items }, accepted), {
      list: 'items', partial, ...(partial ? { done: doneIn } : {}),
    });
  },
});

/** @throws {InventoryError} precondition_required, pointing at the items that name no state */
function requireConditions({ items }: Shelf): void {
  const errors = items.flatMap((item, index) => (item.expected_quantity === undefined && item.expected_version === undefined
    ? [{ pointer: `/items/${index}`, message: 'needs expected_quantity or expected_version' }] : []));
  if (errors.length === 0) return;
  throw new InventoryError('precondition_required', 'Each count needs expected_quantity or expected_version: see errors.', {
    errors: errors.slice(0, MAX_ERRORS),
  });
}

function partsOf(body: Shelf, store: string): readonly Part[] {
  return body.items.map((item): Part => ({
    kind: 'stock', productId: item.product_id, storeId: store,
    change: {
      type: 'count_stock', quantity: item.quantity, expectedVersion: item.expected_version, expectedQuantity: item.expected_quantity,
      mustExist: false, onShortfall: body.on_shortfall, reference: body.reference ?? null, note: item.note ?? null,
      occurredAt: item.occurred_at ?? null,
    },
  }));
}
