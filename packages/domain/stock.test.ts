import { expect } from 'chai';
import { available } from './availability.ts';
import { emptyStock, evolveStock } from './stock.ts';
import {
  PRODUCT_ID, STOCK_ID, STORE_ID, adjust, admin, customer, given, happened, held, received, vendorOf,
} from './testing/given-when-then.ts';

describe('stock', () => {
  describe('a change of quantity', () => {
    it('of a row that has never received anything is version 1', () => {
      given().when(adjust(20)).then('stock.updated', {
        stock_id: STOCK_ID, product_id: PRODUCT_ID, store_id: STORE_ID, quantity: 20, reserved: 0, available: 20,
        version: 1, delta: 20, reserved_delta: 0,
      });
    });

    it('adds to what is there and leaves the holds alone', () => {
      given(received(10), held('rsv', 4)).when(adjust(5)).then('stock.updated', {
        quantity: 15, reserved: 4, available: 11, version: 3, delta: 5, reserved_delta: 0,
      });
    });

    it('carries who, why, and the caller\'s own words', () => {
      given(received(10)).when(adjust(-2, {
        reason: 'DAMAGE', reference: 'ticket-7', note: 'fell off a pallet', occurredAt: '2026-01-01T08:00:00+01:00',
      }), { by: vendorOf(STORE_ID) }).then('stock.updated', {
        reason: 'DAMAGE', user_id: 'vendor-1', reference: 'ticket-7', note: 'fell off a pallet',
        occurred_at: '2026-01-01T08:00:00+01:00',
      });
    });

    it('may take what is not reserved to the last unit', () => {
      given(received(10), held('rsv', 4)).when(adjust(-6))
        .then('stock.updated', { quantity: 4, reserved: 4, available: 0 });
    });

    it('below what is reserved is refused with the numbers', () => {
      given(received(10), held('rsv', 4)).when(adjust(-7)).thenRefused('insufficient_stock', {
        lines: [{ index: 0, product_id: PRODUCT_ID, store_id: STORE_ID, requested: 7, available: 6 }],
      });
    });

    it('of a row that has never received anything cannot go below zero', () => {
      given().when(adjust(-1)).thenRefused('insufficient_stock', {
        lines: [{ index: 0, product_id: PRODUCT_ID, store_id: STORE_ID, requested: 1, available: 0 }],
      });
    });

    it('reaches the cap of a row, and not one unit more', () => {
      given(received(999_000_000)).when(adjust(1_000_000)).then('stock.updated', { quantity: 1_000_000_000 });
      given(received(999_000_001)).when(adjust(1_000_000)).thenRefused('stock_limit_exceeded', {
        current_version: 1, current_quantity: 999_000_001,
      });
    });
  });

  describe('an expected version', () => {
    it('that is the row\'s lets the change pass', () => {
      given(received(10), received(5)).when(adjust(1, { expectedVersion: 2 })).then('stock.updated', { version: 3 });
    });

    it('that is not the row\'s is refused, older or newer, with what stands there', () => {
      for (const expectedVersion of [0, 1, 3]) {
        given(received(10), received(5)).when(adjust(1, { expectedVersion })).thenRefused('version_mismatch', {
          current_version: 2, current_quantity: 15,
        });
      }
    });

    it('of 0 asks for the first receipt', () => {
      given().when(adjust(1, { expectedVersion: 0 })).then('stock.updated', { version: 1 });
      given().when(adjust(1, { expectedVersion: 1 })).thenRefused('version_mismatch', {
        current_version: 0, current_quantity: 0,
      });
    });

    it('is judged before the quantity: a stale caller learns that he is stale', () => {
      given(received(10)).when(adjust(-11, { expectedVersion: 7 })).thenRefused('version_mismatch');
    });

    it('changes with every hold, because a hold changes what is available', () => {
      given(received(10), held('rsv', 1)).when(adjust(1, { expectedVersion: 1 })).thenRefused('version_mismatch');
    });
  });

  describe('who may change a row', () => {
    it('the administrator, and a vendor of that store', () => {
      given(received(10)).when(adjust(1), { by: admin }).then('stock.updated', { user_id: 'admin-1' });
      given(received(10)).when(adjust(1), { by: vendorOf('BCN-001', STORE_ID) }).then('stock.updated', {
        user_id: 'vendor-1',
      });
    });

    it('nobody else: not a vendor of other stores, none without stores, no customer', () => {
      for (const by of [vendorOf('BCN-001'), vendorOf('mad-001'), vendorOf(), customer('cust-1')]) {
        given(received(10)).when(adjust(1), { by }).thenRefused('store_not_in_scope', {});
      }
    });

    it('is judged first: a stranger learns neither version nor quantity', () => {
      given(received(10)).when(adjust(-11, { expectedVersion: 7 }), { by: vendorOf('BCN-001') })
        .thenRefused('store_not_in_scope', {});
    });
  });

  describe('evolve', () => {
    const [first, second] = happened(received(10), received(5));
    if (first === undefined || second === undefined) throw new Error('two facts are two events');
    const before = evolveStock(undefined, first);

    it('refuses an event that was applied already, and one that comes too early', () => {
      expect(() => evolveStock(before, first)).to.throw(`${STOCK_ID}@1 does not follow ${STOCK_ID}@1`);
      expect(() => evolveStock(undefined, second)).to.throw(`${STOCK_ID}@2 does not follow ${STOCK_ID}@0`);
    });

    it('refuses an event of another row', () => {
      const other = emptyStock('0198a000-0000-7000-8000-00000000000f', PRODUCT_ID, STORE_ID);
      expect(() => evolveStock(other, first)).to.throw('does not follow');
    });

    it('does not touch the state before', () => {
      const frozen = Object.freeze({ ...before });
      expect(available(evolveStock(frozen, second))).to.equal(15);
      expect(available(frozen)).to.equal(10);
    });
  });
});
