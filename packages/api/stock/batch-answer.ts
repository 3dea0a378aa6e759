/** The answer to a list of stock changes or counts: one status for all of them, or one for each. */
import type { Refusal } from '@inventory/domain/errors.ts';
import { z } from 'zod';
import { labelOf } from '../commit/command.ts';
import type { Accepted, Answer } from '../commit/command.ts';
import { json } from '../http/answer.ts';
import { problemTypes } from '../http/problems.ts';
import { reservationBody } from '../reservations/row.ts';
import type { NamedProduct } from '../directory/named-product.ts';
import { changedBody } from './row.ts';

/** Holds that a refused item names, at most. */
const MAX_HOLDS = 5;

const told = z.object({ items: z.array(z.object({ index: z.int(), status: z.int() })) });

/**
 * The items that a stored answer says were done; undefined for the answer of anything but a batch: what a key was stored with
 * is compared later, so it may be the answer to another request.
 */
export function doneIn({ body }: Answer): ReadonlySet<number> | undefined {
  const answer = body.length === 0 ? undefined : told.safeParse(JSON.parse(body.toString())).data;
  return answer === undefined ? undefined : new Set(answer.items.flatMap(({ index, status }) => (status === 200 ? [index] : [])));
}

interface Asked {
  readonly mode: 'atomic' | 'partial';
  readonly items: readonly (NamedProduct & { readonly store_id: string; readonly released?: boolean })[];
}

/** 200 for `atomic`, 207 for `partial`. An item that may end holds (`released`) says which it has ended. */
export function batchAnswer({ mode, items }: Asked, accepted: Accepted): Answer {
  const results = new Map(accepted.results.map((result) => [result.index, result]));
  const shown = items.map((item, index) => {
    const [result, refusal] = [results.get(index), accepted.refused.get(index)];
    if (result !== undefined) {
      const released = item.released === true ? { released: (result.released ?? []).map((hold) => reservationBody(hold, labelOf(result), accepted.now)) } : {};
      return { index, status: 200, ...changedBody(result), ...released };
    }
    if (refusal !== undefined) return refusedItem(index, refusal, item);
    throw new Error(`item ${index} has neither a result nor a refusal`);
  });
  if (mode === 'atomic') return json(200, { mode, items: shown });
  return json(207, { mode, succeeded: results.size, failed: accepted.refused.size, items: shown });
}

function refusedItem(index: number, { code, message, details }: Refusal, item: Asked['items'][number]) {
  const { lines, holds, current_version, current_quantity, current_reserved } = details;
  return {
    index, status: problemTypes[code].status, code, title: problemTypes[code].title, detail: message,
    ...named(item), store_id: item.store_id,
    ...(lines === undefined ? {} : { lines: lines.map((line) => ({ ...line, index })) }),
    ...(holds === undefined ? {} : { holds: holds.slice(0, MAX_HOLDS).map((hold) => ({ ...hold, index })) }),
    ...(current_version === undefined ? {} : { current_version }),
    ...(current_quantity === undefined ? {} : { current_quantity }),
    ...(current_reserved === undefined ? {} : { current_reserved }),
  };
}

/** The product as the item names it. */
function named({ product_id, sku, barcode }: NamedProduct) {
  return { ...(product_id === undefined ? {} : { product_id }), ...(sku === undefined ? {} : { sku }), ...(barcode === undefined ? {} : { barcode }) };
}
