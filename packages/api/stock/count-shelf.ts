/** `POST /stores/{store}/counts`: the counts of many products of a store in one transaction, such as a shelf. */
import { InventoryError } from '@inventory/domain/errors.ts';
import type { Refusal } from '@inventory/domain/errors.ts';
import { MAX_QUANTITY, note, reference, storeId } from '@inventory/domain/values.ts';
import { z } from 'zod';
import type { Part } from '../commit/command.ts';
import type { ApiDeps } from '../deps.ts';
import { faultOf, meantBy, ONE_NAME, oneName, productName } from '../directory/named-product.ts';
import type { Meant } from '../directory/named-product.ts';
import { ofStore, requireVerb } from '../http/auth/access.ts';
import { occurredAt, userId } from '../http/body-members.ts';
import { actorOf } from '../http/context.ts';
import { endpoint, nothing } from '../http/endpoint/endpoint.ts';
import { commitProblems } from '../http/endpoint/submit.ts';
import { batchAnswer, doneIn } from './batch-answer.ts';
import { atomicAnswer, expectedVersion, found, onShortfall, partialAnswer, SAMPLE, SAMPLE_CHANGED } from './schema.ts';

const MAX_ITEMS = 1000;
const MAX_ERRORS = 20;

const countedItem = z.strictObject({
  ...productName, quantity: found, expected_quantity: found.optional(), expected_version: expectedVersion.optional(),
  note: note.optional(), occurred_at: occurredAt.optional(),
}).check(oneName).meta(ONE_NAME);

const shelf = z.strictObject({
  mode: z.enum(['atomic', 'partial']).default('atomic'),
  items: z.array(countedItem).min(1).max(MAX_ITEMS)
    .refine((items) => new Set(items.map(({ product_id: id, sku, barcode }) => JSON.stringify([id, sku, barcode]))).size === items.length, 'must name each product once'),
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
    + 'item has its own status. on_shortfall is of all items. Each item names its product by product_id, sku or barcode, once; quantity and '
    + 'expected_quantity count packs where the barcode is one of a pack.',
  params: z.object({ store: storeId }), query: nothing, body: shelf, bodyLimit: 1024 * 1024,
  cost: { unitFor: 10, of: 'items' }, sizeOf: ({ body }) => body.items.length,
  bodyExample: {
    mode: 'partial', reference: 'count-2026-11', items: [{ product_id: SAMPLE.product_id, quantity: 38, expected_version: 7 }],
  },
  answers: {
    200: {
      description: 'atomic: every item is done; each row as it was after its item', schema: atomicAnswer,
      example: { mode: 'atomic', items: [{ index: 0, status: 200, ...SAMPLE_CHANGED, quantity: 38, available: 36, version: 8 }] },
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
  handle: async ({ params: { store }, body, req, submit }, { committer, codes }: Pick<ApiDeps, 'committer' | 'codes'>) => {
    requireConditions(body);
    const releases = body.on_shortfall === 'RELEASE';
    if (releases) requireVerb(actorOf(req), 'reserve');
    const { meant, fault } = await meantBy(codes, req, body.items, 'items');
    const items = body.items.map(({ product_id, sku, barcode }) => ({ product_id, sku, barcode, store_id: store, released: releases }));
    const partial = body.mode === 'partial';
    return submit(committer, partsOf(body, meant, store), (accepted) => batchAnswer({ mode: body.mode, items }, accepted), {
      fault: fault ?? faultOfItems(body, meant), list: 'items', partial, ...(partial ? { done: doneIn } : {}),
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

/** The fault of items of which two name one product, or whose packs come to more than a shelf holds. */
function faultOfItems({ items }: Shelf, meant: readonly Meant[]): Refusal | undefined {
  const seen = new Set<string>();
  const errors = meant.flatMap(({ productId, units }, index) => {
    const again = seen.has(productId);
    seen.add(productId);
    if (again) return [{ pointer: `/items/${index}`, message: 'names a product that another item names' }];
    return (['quantity', 'expected_quantity'] as const).filter((member) => (items[index]?.[member] ?? 0) * units > MAX_QUANTITY)
      .map((member) => ({ pointer: `/items/${index}/${member}`, message: `must be at most ${MAX_QUANTITY} units` }));
  });
  return faultOf('The items cannot be counted together: see errors.', errors);
}

function partsOf(body: Shelf, meant: readonly Meant[], store: string): readonly Part[] {
  return body.items.map((item, nth): Part => {
    const product = meant[nth];
    if (product === undefined) throw new Error('a count without a product');
    const { units, ...row } = product;
    return {
      kind: 'stock', ...row, storeId: store,
      change: {
        type: 'count_stock', quantity: item.quantity * units, expectedVersion: item.expected_version,
        expectedQuantity: item.expected_quantity === undefined ? undefined : item.expected_quantity * units, mustExist: false,
        onShortfall: body.on_shortfall, reference: body.reference ?? null, note: item.note ?? null, occurredAt: item.occurred_at ?? null,
      },
    };
  });
}
