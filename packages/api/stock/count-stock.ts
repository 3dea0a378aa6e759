/** `PUT /stores/{store}/stock/{product}`: a count of the shelf. */
import { InventoryError } from '@inventory/domain/errors.ts';
import { note, reference } from '@inventory/domain/values.ts';
import { z } from 'zod';
import { labelOf } from '../commit/command.ts';
import type { Accepted, Answer } from '../commit/command.ts';
import type { ApiDeps } from '../deps.ts';
import { json } from '../http/answer.ts';
import { ofStore, requireVerb } from '../http/auth/access.ts';
import { occurredAt, userId } from '../http/body-members.ts';
import { actorOf } from '../http/context.ts';
import { endpoint, nothing } from '../http/endpoint/endpoint.ts';
import { versionTag } from '../http/endpoint/etag.ts';
import { commitProblems } from '../http/endpoint/submit.ts';
import { reservationBody } from '../reservations/row.ts';
import { changedBody, onlyResult } from './row.ts';
import { byRow, countedRow, found, onShortfall, SAMPLE_CHANGED } from './schema.ts';

export const countStock = endpoint({
  id: 'countStock', method: 'put', path: '/stores/{store}/stock/{product}', tag: 'stock', access: ofStore,
  verb: 'stock:count',
  summary: 'Set the stock of a product in a store to a count',
  description: 'The quantity is absolute, so the request must name the state that it replaces: If-Match with the ETag of '
    + 'the row, or expected_quantity. A count that agrees with the row changes nothing; a first count makes the row. A count below what is '
    + 'held is refused and names the holds; with on_shortfall RELEASE, which needs the permission reserve:others too, it cancels the '
    + 'youngest of them, whole, until the others fit, and released names those.',
  params: byRow, query: nothing,
  body: z.strictObject({
    quantity: found, expected_quantity: found.optional(), on_shortfall: onShortfall.optional(),
    reference: reference.optional(), note: note.optional(), occurred_at: occurredAt.optional(), user_id: userId,
  }),
  bodyExample: { quantity: 38, expected_quantity: 40, reference: 'count-2026-11' },
  answers: {
    200: {
      description: 'The stock row as counted', schema: countedRow, headers: ['ETag', 'X-Stock-Version'],
      example: { ...SAMPLE_CHANGED, quantity: 38, available: 36, version: 8 },
    },
  },
  problems: [
    'forbidden', 'store_not_in_scope', 'not_found', 'insufficient_stock', 'stock_limit_exceeded', 'change_limit_exceeded', 'version_mismatch',
    'precondition_required', ...commitProblems,
  ],
  idempotent: true, conditional: true,
  about: ({ params, body }) => ({
    operation: 'stock_count', store_id: params.store, product_id: params.product, quantity: body.quantity,
  }),
  reach: ({ params, body }) => ({ user: body.user_id, store: params.store }),
  handle: async ({ params, body, req, ifMatch, submit }, { committer }: Pick<ApiDeps, 'committer'>) => {
    const condition = req.get('if-match');
    if (condition === undefined && body.expected_quantity === undefined) {
      throw new InventoryError(
        'precondition_required', 'A count needs If-Match with the ETag of the row, or expected_quantity.',
      );
    }
    const releases = body.on_shortfall === 'RELEASE';
    if (releases) requireVerb(actorOf(req), 'reserve');
    return submit(committer, [{
      kind: 'stock', productId: params.product, storeId: params.store,
      change: {
        type: 'count_stock', quantity: body.quantity, expectedVersion: ifMatch,
        expectedQuantity: body.expected_quantity, mustExist: condition === '*', onShortfall: body.on_shortfall ?? 'REFUSE',
        reference: body.reference ?? null, note: body.note ?? null, occurredAt: body.occurred_at ?? null,
      },
    }], (accepted) => counted(accepted, releases));
  },
});

function counted(accepted: Accepted, releases: boolean): Answer {
  const result = onlyResult(accepted);
  const { stock, released = [] } = result;
  const ended = releases ? { released: released.map((hold) => reservationBody(hold, labelOf(result), accepted.now)) } : {};
  return json(200, { ...changedBody(result), ...ended }, { 'etag': versionTag(stock.version), 'x-stock-version': String(stock.version) });
}
