import { expect } from 'chai';
import type { Explanation, Movement } from './steps.ts';
import { stepsTo } from './steps.ts';

const row = { product_id: 'p', store_id: 'MAD-001' };
const nothing = { quantity: 0, reserved: 0, available: 0, version: 0 };

function movement(version: number, quantity: number, reserved: number, more: Partial<Movement>): Movement {
  const after = { quantity, reserved, available: quantity - reserved };
  const { delta = 0, reserved_delta: heldMore = 0 } = more;
  const before = { quantity: quantity - delta, reserved: reserved - heldMore, available: quantity - delta - reserved + heldMore };
  return {
    version, event_id: 'e', type: 'stock.updated', position: version, time: '2026-11-24T10:28:00.098Z', actor: null, reason: null, reference: null,
    note: null, occurred_at: null, reservation_id: null, customer_id: null, delta: 0, reserved_delta: 0, before, after, ...more,
  };
}

/** 40 received, 2 sold, counted 35, 1 sold, 3 held, a hold of 2 sold. */
const CHAIN = [
  movement(1, 40, 0, { reason: 'RESTOCK', delta: 40 }), movement(2, 38, 0, { reason: 'SALE', delta: -2 }),
  movement(3, 35, 0, { reason: 'COUNT', delta: -3 }), movement(4, 34, 0, { reason: 'SALE', delta: -1 }),
  movement(5, 34, 5, { type: 'reservation.created', reserved_delta: 5 }), movement(6, 32, 3, { type: 'reservation.confirmed', delta: -2, reserved_delta: -2 }),
];
const hold = {
  reservation_id: 'r', customer_id: 'c', created_by: 'c', quantity: 3, expires_at: '2026-11-24T10:38:00.914Z', lapsed: false, batch_id: null, reference: null,
};
const FOUND: Explanation = {
  ...row, quantity: 32, reserved: 3, available: 29, version: 6, opening: nothing, totals: [], chain: CHAIN,
  folded: { quantity: 32, reserved: 3, available: 29, version: 6 }, open_holds: [hold], held_units: 3, agrees: true,
};
const told = (steps: ReturnType<typeof stepsTo>) => steps.map(({ what, change, to }) => `${what} ${change} → ${to}`);

describe('the steps to a number', () => {
  it('begin at the last count, and end with what is held and what is left', () => {
    expect(told(stepsTo(FOUND))).to.deep.equal([
      'count 35 → 35', 'SALE -1 → 34', 'reservation.confirmed -2 → 32', 'held -3 → 29', 'available 29 → 29',
    ]);
  });

  it('begin with nothing and sum up all events, where nobody has counted', () => {
    const totals = [
      { type: 'stock.updated', reason: 'RESTOCK', events: 3, delta: 40, reserved_delta: 0 },
      { type: 'reservation.created', reason: null, events: 9, delta: 0, reserved_delta: 3 },
      { type: 'stock.updated', reason: 'SALE', events: 8, delta: -8, reserved_delta: 0 },
    ];
    const chain = CHAIN.slice(3);
    expect(told(stepsTo({ ...FOUND, chain, totals }))).to.deep.equal(['start 0 → 0', 'RESTOCK 40 → 40', 'SALE -8 → 32', 'held -3 → 29', 'available 29 → 29']);
  });

  it('end at any earlier version as the row was then', () => {
    expect(told(stepsTo(FOUND, 5))).to.deep.equal(['count 35 → 35', 'SALE -1 → 34', 'held -5 → 29', 'available 29 → 29']);
    expect(told(stepsTo(FOUND, 2))).to.deep.equal(['start 0 → 0', 'RESTOCK 40 → 40', 'SALE -2 → 38', 'available 38 → 38']);
  });
});
