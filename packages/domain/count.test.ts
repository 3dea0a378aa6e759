import { STORE_ID, count, customer, given, held, received, vendorOf } from './testing/given-when-then.ts';

describe('a count', () => {
  it('is the quantity from then on, whatever the row said, and the event says by how much it differed', () => {
    given(received(10)).when(count(7), { by: vendorOf(STORE_ID) }).then('stock.updated', {
      quantity: 7, available: 7, delta: -3, reason: 'COUNT', user_id: 'vendor-1', version: 2,
    });
    given(received(10)).when(count(12)).then('stock.updated', { quantity: 12, delta: 2 });
    given(received(10)).when(count(0)).then('stock.updated', { quantity: 0, delta: -10 });
  });

  it('that finds what the row says changes nothing', () => {
    given(received(10)).when(count(10)).thenNothing();
  });

  it('of a row that has never received anything makes it, also with nothing on the shelf', () => {
    given().when(count(4)).then('stock.updated', { quantity: 4, version: 1, delta: 4 });
    given().when(count(0)).then('stock.updated', { quantity: 0, version: 1, delta: 0 });
  });

  it('leaves the holds alone, and cannot find less than they hold', () => {
    given(received(10), held('rsv', 4)).when(count(4)).then('stock.updated',
      { quantity: 4, reserved: 4, available: 0 });
    given(received(10), held('rsv', 4)).when(count(3)).thenRefused('insufficient_stock');
  });

  it('passes only over the state that was expected', () => {
    const current = { current_version: 2, current_quantity: 15 };
    const state = given(received(10), received(5));
    state.when(count(7, { expectedVersion: 2, expectedQuantity: 15 })).then('stock.updated', { quantity: 7 });
    given(received(10), received(5)).when(count(7, { expectedVersion: 1 })).thenRefused('version_mismatch', current);
    given(received(10), received(5)).when(count(7, { expectedQuantity: 10 })).thenRefused('version_mismatch', current);
    // Also one that would change nothing: the caller was wrong about what is there.
    given(received(10), received(5)).when(count(15, { expectedVersion: 1 })).thenRefused('version_mismatch', current);
    given().when(count(7, { mustExist: true })).thenRefused('version_mismatch');
    given().when(count(7, { expectedQuantity: 0 })).then('stock.updated', { quantity: 7 });
  });

  it('moves no more than one change may', () => {
    given(received(1)).when(count(1_000_001)).then('stock.updated', { delta: 1_000_000 });
    given(received(1)).when(count(1_000_002)).thenRefused('change_limit_exceeded');
    given().when(count(2_000_000)).thenRefused('change_limit_exceeded', { current_version: 0, current_quantity: 0 });
    given().when(count(1_000_000_001)).thenRefused('stock_limit_exceeded');
  });

  it('is for those who work for the store', () => {
    given(received(1)).when(count(1), { by: vendorOf('BCN-001') }).thenRefused('store_not_in_scope');
    given(received(1)).when(count(2), { by: customer('cust-1') }).thenRefused('store_not_in_scope');
  });
});
