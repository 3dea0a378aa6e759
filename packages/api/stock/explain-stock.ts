/** `GET /stores/{store}/stock/{product}/explain`: why the number is what it is. */
import { InventoryError } from '@inventory/domain/errors.ts';
import { available } from '@inventory/domain/availability.ts';
import type { Stock } from '@inventory/domain/stock.ts';
import { z } from 'zod';
import { ofStore } from '../http/auth/access.ts';
import { json } from '../http/endpoint/submit.ts';
import { actorOf, contextOf } from '../http/context.ts';
import { contract, implement, noBody } from '../http/endpoint/endpoint.ts';
import type { Operation } from '../http/endpoint/endpoint.ts';
import { byRow, SAMPLE, SAMPLE_ROW, stockBody, stockRow } from './schema.ts';
import { readExplanation } from './explain-queries.ts';
import type { Explanation } from './explain-queries.ts';
import { movement, MOVEMENT } from './movement.ts';
import type { StockDeps } from './routes.ts';
import { demandStore } from './scope.ts';

const state = z.object({ quantity: z.int(), reserved: z.int(), available: z.int(), version: z.int() });

export const explanation = stockRow.extend({
  opening: state,
  totals: z.array(z.object({
    type: z.string(), reason: z.string().nullable(), events: z.int(), delta: z.int(), reserved_delta: z.int(),
  })),
  chain: z.array(movement),
  folded: state,
  open_holds: z.array(z.object({
    reservation_id: z.uuid(), customer_id: z.string(), created_by: z.string(), quantity: z.int(),
    expires_at: z.iso.datetime(), lapsed: z.boolean(), batch_id: z.uuid().nullable(), reference: z.string().nullable(),
  })),
  held_units: z.int(),
  agrees: z.boolean(),
  disagreement: z.string().optional(),
});

const NOTHING = { quantity: 0, reserved: 0, available: 0, version: 0 } as const;

export const explainStock = contract({
  id: 'explainStock', method: 'get', path: '/stores/{store}/stock/{product}/explain', tag: 'stock',
  access: ofStore,
  summary: 'Explain why a stock row is what it is',
  description: 'The events that made it so, by type and reason, the newest of them one by one, and the holds that are '
    + 'open. agrees says that the fold of the events (the newest 10 000, upon the opening balance before them) is the '
    + 'row, and that the open holds add up to what is reserved.',
  params: byRow, query: z.strictObject({}), body: noBody,
  answers: {
    200: {
      description: 'The explanation, all of one instant', schema: explanation,
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
});

function stateOf(stock: Stock): z.output<typeof state> {
  return { quantity: stock.quantity, reserved: stock.reserved, available: available(stock), version: stock.version };
}

/** What does not agree, in words; undefined when all does. */
function disagreementOf({ stock, folded, fault, heldUnits }: Explanation): string | undefined {
  if (fault !== undefined) return `The events cannot be folded behind version ${folded.version}: ${fault}`;
  const unequal = (['quantity', 'reserved', 'version'] as const).filter((name) => stock[name] !== folded[name]);
  if (unequal.length > 0) {
    return unequal.map((name) => `${name} is ${stock[name]}, the events say ${folded[name]}`).join('; ');
  }
  return heldUnits === stock.reserved ? undefined
    : `${stock.reserved} units are reserved, the open holds are ${heldUnits}`;
}

export function explainStockOperation({ db }: StockDeps): Operation {
  return implement(explainStock, async ({ params, req }) => {
    Object.assign(contextOf(req).fields, { store_id: params.store, product_id: params.product });
    demandStore(actorOf(req), params.store);
    const found = await readExplanation(db, params);
    if (found === undefined) throw new InventoryError('not_found', 'There is no such stock row.');
    const disagreement = disagreementOf(found);
    return json(200, {
      ...stockBody(found.stock), opening: stateOf(found.opening), totals: found.totals, chain: found.chain,
      folded: stateOf(found.folded),
      open_holds: found.holds.map(({ id, expires_at: expiresAt, ...hold }) => ({
        reservation_id: id, ...hold, expires_at: expiresAt.toISOString(),
      })),
      held_units: found.heldUnits, agrees: disagreement === undefined,
      ...(disagreement === undefined ? {} : { disagreement }),
    });
  });
}
