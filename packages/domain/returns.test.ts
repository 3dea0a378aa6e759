import { expect } from 'chai';
import { fold } from './testing/fold.ts';
import {
  STORE_ID, cancelled, confirmed, customer, expired, giveBack, given, happened, held, received, reservationId, returned, service, vendorOf,
} from './testing/given-when-then.ts';
import { MAX_QUANTITY } from './values.ts';

describe('what was sold comes back', () => {
  const sold = [received(10), held('rsv', 5), confirmed('rsv', 4)] as const;

  it('in part: it is on the shelf again, in one event that names the sale and says how much of it is back', () => {
    given(...sold).when(giveBack('rsv', 3, { note: 'unopened' }), { by: vendorOf(STORE_ID) }).then('stock.updated', {
      quantity: 9, reserved: 0, available: 9, version: 4, delta: 3, reserved_delta: 0, reason: 'RETURN', user_id: 'vendor-1', note: 'unopened',
      returned: { reservation_id: reservationId('rsv'), confirmed_quantity: 4, returned_quantity: 3 },
    });
  });

  it('again and again, until all of it is back, and the reservation remembers how much', () => {
    given(...sold, returned('rsv', 3)).when(giveBack('rsv', 1)).then('stock.updated', {
      quantity: 10, returned: { reservation_id: reservationId('rsv'), confirmed_quantity: 4, returned_quantity: 4 },
    });
    const after = fold(happened(...sold, returned('rsv', 1), returned('rsv', 2))).reservations.get(reservationId('rsv'));
    expect(after).to.deep.include({ status: 'CONFIRMED', confirmedQuantity: 4, returnedQuantity: 3 });
  });

  it('never more than was sold, however much was held', () => {
    given(...sold, returned('rsv', 3)).when(giveBack('rsv', 2))
      .thenRefused('more_than_sold', { confirmed_quantity: 4, returned_quantity: 3 });
    given(...sold).when(giveBack('rsv', 5)).thenRefused('more_than_sold', { confirmed_quantity: 4, returned_quantity: 0 });
  });

  it('as a whole where nobody says how much: the same again changes nothing', () => {
    given(...sold, returned('rsv', 1)).when(giveBack('rsv')).then('stock.updated', { delta: 3, quantity: 10 });
    given(...sold, returned('rsv', 4)).when(giveBack('rsv')).thenNothing();
  });

  it('only of a sale', () => {
    given(received(10), held('rsv', 5)).when(giveBack('rsv', 1)).thenRefused('wrong_state', { current_status: 'PENDING' });
    given(received(10), held('rsv', 5)).when(giveBack('rsv', 1), { at: 600 }).thenRefused('wrong_state', { current_status: 'EXPIRED' });
    given(received(10), held('rsv', 5), expired('rsv')).when(giveBack('rsv', 1)).thenRefused('wrong_state', { current_status: 'EXPIRED' });
    given(received(10), held('rsv', 5), cancelled('rsv')).when(giveBack('rsv', 1)).thenRefused('wrong_state', { current_status: 'CANCELLED' });
    given(received(10)).when(giveBack('rsv', 1)).thenRefused('not_found');
  });

  it('into the store, so its vendors and the administrator take it back: no customer, and no shop that is no store', () => {
    given(...sold).when(giveBack('rsv', 1), { by: vendorOf('BCN-001') }).thenRefused('not_found');
    given(received(10), held('rsv', 5, { by: 'vendor-1' }), confirmed('rsv', 4)).when(giveBack('rsv', 1), { by: vendorOf('BCN-001') })
      .thenRefused('store_not_in_scope');
    for (const by of [customer('cust-1'), service]) given(...sold).when(giveBack('rsv', 1), { by }).thenRefused('store_not_in_scope');
    given(...sold).when(giveBack('rsv', 1), { by: customer('cust-2') }).thenRefused('not_found');
  });

  it('with its own reference or none: that of the hold may have to be forgotten', () => {
    given(received(10), held('rsv', 5, { reference: 'order-9' }), confirmed('rsv', 4)).when(giveBack('rsv', 1)).then('stock.updated', { reference: null });
    given(...sold).when(giveBack('rsv', 1, { reference: 'rma-7' })).then('stock.updated', { reference: 'rma-7' });
  });

  it('up to what a row may hold', () => {
    given(received(10), held('rsv', 5), confirmed('rsv', 5), received(MAX_QUANTITY - 7)).when(giveBack('rsv', 3))
      .thenRefused('stock_limit_exceeded', { current_version: 4, current_quantity: MAX_QUANTITY - 2 });
  });

  it('and an event that does not fit the state is refused by whoever folds it', () => {
    const events = happened(...sold, returned('rsv', 3));
    const last = events.at(-1);
    if (last?.type !== 'stock.updated') throw new Error('no return');
    const wrong = { ...last, payload: { ...last.payload, returned: { reservation_id: reservationId('rsv'), confirmed_quantity: 4, returned_quantity: 2 } } };
    expect(() => fold([...events.slice(0, -1), wrong])).to.throw('a return to 2 units met reservation');
  });
});
