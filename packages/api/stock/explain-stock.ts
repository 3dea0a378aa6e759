/** `GET /stores/{store}/stock/{product}/explain`: why the number is what it is. */
import { InventoryError } from '@inventory/domain/errors.ts';
import { available } from '@inventory/domain/availability.ts';
import type { Stock } from '@inventory/domain/stock.ts';
import type { z } from 'zod';
import type { ApiDeps } from '../deps.ts';
import { json } from '../http/answer.ts';
import { ofStore } from '../http/auth/access.ts';
import { endpoint, noBody, nothing } from '../http/endpoint/endpoint.ts';
import { readExplanation } from './explain-queries.ts';
import type { Explanation } from './explain-queries.ts';
import { MOVEMENT } from './movement.ts';
import { stockBody } from './row.ts';
import { byRow, explanation, SAMPLE, SAMPLE_ROW } from './schema.ts';
import type { state } from './schema.ts';

const NOTHING = { quantity: 0, reserved: 0, available: 0, version: 0 } as const;

export const explainStock = endpoint({
  id: 'explainStock', method: 'get', path: '/stores/{store}/stock/{product}/explain', tag: 'stock',
  access: ofStore,
  summary: 'Explain why a stock row is what it is',
  description: 'Its events, summed up by type and reason, the newest of them one by one, and its open holds. agrees is true '
    + 'when the fold of the events (the newest 10 000, onto the opening balance before them) equals the row, and the '
    + 'open holds add up to what is reserved.',
  params: byRow, query: nothing, body: noBody, cost: { units: 10 }, place: 'heavy',
  answers: {
    200: {
      description: 'The explanation, as of one instant', schema: explanation,
      example: {
        ...SAMPLE_ROW, ...SAMPLE, opening: NOTHING,
        totals: [
          { type: 'stock.updated', reason: 'RESTOCK', events: 5, delta: 40, reserved_delta: 0 },
          { type: 'reservation.created', reason: null, events: 1, delta: 0, reserved_delta: 2 },
        ],
        chain: [MOVEMENT], folded: { quantity: 40, reserved: 2, available: 38, version: 7 },
        open_holds: [{
          reservation_id: '01a20d19-1756-72d6-b15d-77c5f399fb03', customer_id: 'cust-456', created_by: 'cust-456',
          quantity: 2, expires_at: '2026-11-24T10:38:00.914Z', lapsed: false, batch_id: null, reference: null,
        }],
        held_units: 2, agrees: true,
      },
    },
  },
  problems: ['forbidden', 'store_not_in_scope', 'not_found'],
  about: ({ params }) => ({ store_id: params.store, product_id: params.product }),
  reach: ({ params }) => ({ store: params.store }),
  handle: async ({ params }, { db, history }: Pick<ApiDeps, 'db' | 'history'>) => {
    const found = await readExplanation(db, params, history);
    if (found === undefined) throw new InventoryError('not_found', 'There is no such stock row.');
    return json(200, explanationBody(found));
  },
});

function stateOf(stock: Stock): z.output<typeof state> {
  return { quantity: stock.quantity, reserved: stock.reserved, available: available(stock), version: stock.version };
}

/** What does not agree, in words; undefined when everything agrees. */
function disagreementOf({ stock, folded, fault, heldUnits }: Explanation): string | undefined {
  if (fault !== undefined) return `The events cannot be folded behind version ${folded.version}: ${fault}`;
  const unequal = (['quantity', 'reserved', 'version'] as const).filter((name) => stock[name] !== folded[name]);
  if (unequal.length > 0) {
    return unequal.map((name) => `${name} is ${stock[name]}, the events say ${folded[name]}`).join('; ');
  }
  return heldUnits === stock.reserved ? undefined
    : `${stock.reserved} units are reserved, the open holds are ${heldUnits}`;
}

function explanationBody(found: Explanation): z.output<typeof explanation> {
  const disagreement = disagreementOf(found);
  return {
    ...stockBody(found.stock), opening: stateOf(found.opening), totals: [...found.totals], chain: [...found.chain],
    folded: stateOf(found.folded),
    open_holds: found.holds.map(({ id, expires_at: expiresAt, ...hold }) => ({
      reservation_id: id, ...hold, expires_at: expiresAt.toISOString(),
    })),
    held_units: found.heldUnits, agrees: disagreement === undefined,
    ...(disagreement === undefined ? {} : { disagreement }),
  };
}
