import { expect } from 'chai';
import { shortLines } from './cart.ts';
import type { Stock } from './stock.ts';
import { PRODUCT_ID, STOCK_ID } from './testing/given-when-then.ts';

const row = (storeId: string, quantity: number, reserved = 0): Stock => (
  { id: STOCK_ID, productId: PRODUCT_ID, storeId, quantity, reserved, version: 1 });
const cart = (...wanted: readonly (readonly [Stock, number])[]) =>
  shortLines(wanted.map(([stock, quantity], index) => ({ index, stock, quantity })));

describe('the short lines of a cart', () => {
  it('are none where every row has what the lines want of it together', () => {
    expect(cart([row('MAD-001', 5), 2], [row('BCN-001', 3), 3], [row('MAD-001', 5), 3])).to.deep.equal([]);
    expect(cart()).to.deep.equal([]);
  });

  it('are all lines of a row that the lines together want too much of, also the one that would fit alone', () => {
    expect(cart([row('MAD-001', 5), 3], [row('BCN-001', 3), 3], [row('MAD-001', 5), 3])).to.deep.equal([
      { index: 0, product_id: PRODUCT_ID, store_id: 'MAD-001', requested: 6, available: 5 },
      { index: 2, product_id: PRODUCT_ID, store_id: 'MAD-001', requested: 6, available: 5 },
    ]);
  });

  it('do not count what is reserved as available', () => {
    expect(cart([row('MAD-001', 5, 4), 2])).to.deep.equal([
      { index: 0, product_id: PRODUCT_ID, store_id: 'MAD-001', requested: 2, available: 1 },
    ]);
  });
});
