import { expect } from 'chai';
import { decideCount, MAX_RELEASED } from './shortfall.ts';
import type { PendingReservation } from './reservation.ts';
import { fold } from './testing/fold.ts';
import type { Command, Fact } from './testing/given-when-then.ts';
import {
  PRODUCT_ID, STOCK_ID, STORE_ID, admin, at, confirmed, count, customer, customerRef, given, happened, held, received, reservationId, vendorOf,
} from './testing/given-when-then.ts';

/** The events of a command: each its type, why, which hold, and what the row is after it. */
function eventsOf(facts: readonly Fact[], command: Command): readonly (readonly unknown[])[] {
  const state = fold(happened(...facts));
  const decided = command(state, admin, at(1));
  if (!decided.ok) throw new Error(decided.refusal.message);
  fold([...happened(...facts), ...decided.events]);
  return decided.events.map(({ type, payload }) => [
    type, 'cause' in payload ? payload.cause : 'reason' in payload ? payload.reason : undefined,
    'reservation_id' in payload ? payload.reservation_id : undefined, payload.quantity, payload.reserved,
  ]);
}

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
  });

  it('below what is held is refused, and names the holds, the youngest first', () => {
    const hold = (name: string, quantity: number) => ({
      index: 0, reservation_id: reservationId(name), customer_id: customerRef('cust-1'), quantity, batch_id: null, reference: null,
      created_at: at(0).toISOString(), expires_at: at(600).toISOString(),
    });
    given(received(10), held('a', 4), held('b', 2), held('c', 1), confirmed('b', 2)).when(count(3)).thenRefused('insufficient_stock', {
      lines: [{ index: 0, product_id: PRODUCT_ID, store_id: STORE_ID, requested: 5, available: 3 }],
      current_version: 5, current_quantity: 8, current_reserved: 5, holds: [hold('c', 1), hold('a', 4)],
    });
  });

  it('below what is held ends the youngest holds, whole, until the others fit, where it may', () => {
    const asked = count(5, { onShortfall: 'RELEASE' });
    const decided = eventsOf([received(10), held('a', 4), held('b', 3), held('c', 1)], asked);
    expect(decided).to.deep.equal([
      ['reservation.cancelled', 'SHORTFALL', reservationId('c'), 10, 7], ['reservation.cancelled', 'SHORTFALL', reservationId('b'), 10, 4],
      ['stock.updated', 'COUNT', undefined, 5, 4],
    ]);
    // One that fits ends nothing, and one that finds nothing ends all.
    given(received(10), held('a', 4)).when(count(4, { onShortfall: 'RELEASE' })).then('stock.updated', { quantity: 4, reserved: 4 });
    expect(eventsOf([received(10), held('a', 4), held('b', 3)], count(0, { onShortfall: 'RELEASE' }))).to.have.length(3);
  });

  it('that ends holds is compared with the state that was expected before it ends them', () => {
    const state = [received(10), held('a', 4)] as const;
    expect(eventsOf(state, count(2, { onShortfall: 'RELEASE', expectedVersion: 2, expectedQuantity: 10 }))).to.have.length(2);
    given(...state).when(count(2, { onShortfall: 'RELEASE', expectedVersion: 1 })).thenRefused('version_mismatch');
  });

  it(`ends at most ${MAX_RELEASED} holds`, () => {
    const holds = Array.from({ length: MAX_RELEASED + 1 }, (_, nth): PendingReservation => ({
      status: 'PENDING', id: reservationId(String(nth).padStart(6, '0')), stockId: STOCK_ID, productId: PRODUCT_ID, storeId: STORE_ID,
      customerRef: null, quantity: 1, batchId: null, reference: null, createdBy: 'vendor-1', createdAt: at(0), expiresAt: at(600),
    }));
    const decide = (quantity: number) => decideCount({
      type: 'count_stock', quantity, expectedVersion: undefined, expectedQuantity: undefined, mustExist: false, onShortfall: 'RELEASE',
      reference: null, note: null, occurredAt: null,
    }, { id: STOCK_ID, productId: PRODUCT_ID, storeId: STORE_ID, quantity: 600, reserved: holds.length, version: 9 }, {
      holds: () => holds, actor: admin, now: at(1),
    });
    const [some, all] = [decide(1), decide(0)];
    expect(some.ok && some.events.length).to.equal(MAX_RELEASED + 1);
    expect(all.ok ? undefined : all.refusal.message).to.contain('count in steps');
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
