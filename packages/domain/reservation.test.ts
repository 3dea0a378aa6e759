import { expect } from 'chai';
import { SYSTEM_ACTOR } from './access.ts';
import type { ErrorCode } from './errors.ts';
import type { ReservationEvent } from './events.ts';
import { fold } from './testing/fold.ts';
import type { Reservation } from './reservation.ts';
import { evolveReservation, hasLapsed, statusAt } from './reservation.ts';
import {
  PRODUCT_ID, STOCK_ID, STORE_ID, admin, at, cancel, cancelled, confirm, confirmed, customer, customerRef, expire, expired, extend,
  extended, given, happened, held, letGo, received, reservationId, reserve, vendorOf,
} from './testing/given-when-then.ts';
import type { Command, Fact } from './testing/given-when-then.ts';

const DAY = 86_400;
const stranger = customer('cust-2');

/** The reservation `rsv` after these facts. */
function reservationAfter(...facts: readonly Fact[]): Reservation {
  const reservation = fold(happened(...facts)).reservations.get(reservationId('rsv'));
  if (reservation === undefined) throw new Error('no reservation rsv was given');
  return reservation;
}

function lastOf(...facts: readonly Fact[]): ReservationEvent {
  const event = happened(...facts).at(-1);
  if (event === undefined || event.type === 'stock.updated') throw new Error('not an event of a reservation');
  return event;
}

describe('a reservation', () => {
  describe('is made', () => {
    it('with its hold, its deadline by the clock of the decision, and the row\'s state after it', () => {
      given(received(10)).when(reserve('rsv', 3, { ttlSeconds: 600 }), { at: 2 }).then('reservation.created', {
        stock_id: STOCK_ID, product_id: PRODUCT_ID, store_id: STORE_ID, quantity: 10, reserved: 3, available: 7,
        version: 2, delta: 0, reserved_delta: 3, reservation_id: reservationId('rsv'), customer_ref: customerRef('cust-1'),
        reservation_quantity: 3, created_at: '2026-01-01T00:00:02.000Z', expires_at: '2026-01-01T00:10:02.000Z',
      });
    });

    it('with its batch, its reference and who made it', () => {
      const batchId = reservationId('cart');
      given(received(10)).when(reserve('rsv', 1, { batchId, reference: 'order-9' }), { by: vendorOf(STORE_ID) })
        .then('reservation.created', { batch_id: batchId, reference: 'order-9', created_by: 'vendor-1' });
    });

    it('for the last unit, and not for one more', () => {
      given(received(10), held('other', 4)).when(reserve('rsv', 6)).then('reservation.created', { available: 0 });
      given(received(10), held('other', 4)).when(reserve('rsv', 7)).thenRefused('insufficient_stock', {
        lines: [{ index: 0, product_id: PRODUCT_ID, store_id: STORE_ID, requested: 7, available: 6 }],
      });
    });

    it('not from a row that has never received anything', () => {
      given().when(reserve('rsv', 1)).thenRefused('insufficient_stock', {
        lines: [{ index: 0, product_id: PRODUCT_ID, store_id: STORE_ID, requested: 1, available: 0 }],
      });
    });

    it('from what a cancelled, an expired and a partly confirmed hold gave back', () => {
      given(received(10), held('a', 5), cancelled('a')).when(reserve('rsv', 10))
        .then('reservation.created', { available: 0 });
      given(received(10), held('a', 5), expired('a')).when(reserve('rsv', 10))
        .then('reservation.created', { available: 0 });
      given(received(10), held('a', 5), confirmed('a', 2)).when(reserve('rsv', 8)).then('reservation.created', {
        quantity: 8, reserved: 8, available: 0,
      });
    });

    it('by a customer for himself only; by vendors and the administrator for anybody, in any store', () => {
      given(received(10)).when(reserve('rsv', 1), { by: customer('cust-1') }).then('reservation.created', {
        customer_ref: customerRef('cust-1'), created_by: customerRef('cust-1'),
      });
      given(received(10)).when(reserve('rsv', 1), { by: stranger }).thenRefused('forbidden');
      for (const by of [vendorOf('BCN-001'), vendorOf(), admin]) {
        given(received(10)).when(reserve('rsv', 1), { by }).then('reservation.created', { created_by: by.id });
      }
    });

    it('by nobody who may not: the refusal does not tell what is available', () => {
      given(received(10)).when(reserve('rsv', 11), { by: stranger }).thenRefused('forbidden', {});
    });
  });

  describe('is confirmed', () => {
    it('in one event that sells the units and ends the hold', () => {
      given(received(10), held('rsv', 3), held('other', 2)).when(confirm('rsv'), { at: 5 })
        .then('reservation.confirmed', {
          quantity: 7, reserved: 2, available: 5, version: 4, delta: -3, reserved_delta: -3, reservation_quantity: 3,
          confirmed_quantity: 3, closed_at: '2026-01-01T00:00:05.000Z',
        });
    });

    it('in part: the rest of the hold is released', () => {
      given(received(10), held('rsv', 3)).when(confirm('rsv', 1)).then('reservation.confirmed', {
        quantity: 9, reserved: 0, available: 9, delta: -1, reserved_delta: -3, reservation_quantity: 3,
        confirmed_quantity: 1,
      });
    });

    it('not beyond what it holds', () => {
      given(received(10), held('rsv', 3)).when(confirm('rsv', 4)).thenRefused('validation_failed', {
        errors: [{ pointer: '/quantity', message: 'must be at most 3' }],
      });
    });
  });

  describe('is cancelled', () => {
    it('and its units are free again', () => {
      given(received(10), held('rsv', 3)).when(cancel('rsv'), { at: 5 }).then('reservation.cancelled', {
        quantity: 10, reserved: 0, available: 10, delta: 0, reserved_delta: -3, reservation_quantity: 3,
        closed_at: '2026-01-01T00:00:05.000Z',
      });
    });
  });

  describe('is let go with the rest of its cart', () => {
    it('while it is open: its units are free again', () => {
      given(received(10), held('rsv', 3)).when(letGo('rsv')).then('reservation.cancelled', { quantity: 10, reserved: 0, reserved_delta: -3 });
    });

    it('and stays as it is where it has just closed, whatever closed it', () => {
      given(received(10), held('rsv', 3)).when(letGo('rsv'), { at: 600 }).thenNothing();
      for (const closed of [cancelled('rsv'), confirmed('rsv', 2), expired('rsv')]) given(received(10), held('rsv', 3), closed).when(letGo('rsv')).thenNothing();
    });
  });

  describe('is extended', () => {
    it('from now on, and raises the row\'s version like every event of the row', () => {
      given(received(10), held('rsv', 3)).when(extend('rsv', 900), { at: 100 }).then('reservation.extended', {
        quantity: 10, reserved: 3, version: 3, delta: 0, reserved_delta: 0, expires_at: at(1000).toISOString(),
      });
    });

    it('never shortened: what would end earlier, or at the same instant, changes nothing', () => {
      given(received(10), held('rsv', 3)).when(extend('rsv', 499), { at: 100 }).thenNothing();
      given(received(10), held('rsv', 3)).when(extend('rsv', 500), { at: 100 }).thenNothing();
      given(received(10), held('rsv', 3)).when(extend('rsv', 501), { at: 100 }).then('reservation.extended', {
        expires_at: at(601).toISOString(),
      });
    });

    it('to at most 24 hours after it was made', () => {
      given(received(10), held('rsv', 3)).when(extend('rsv', DAY), { at: 100 }).then('reservation.extended', {
        expires_at: at(DAY).toISOString(),
      });
      given(received(10), held('rsv', 3, { ttl: DAY })).when(extend('rsv', DAY), { at: 100 }).thenNothing();
    });
  });

  describe('lapses', () => {
    const last = 599.999;

    it('exactly at its deadline: a millisecond before, everything still works', () => {
      given(received(10), held('rsv', 3)).when(confirm('rsv'), { at: last }).then('reservation.confirmed', {});
      given(received(10), held('rsv', 3)).when(cancel('rsv'), { at: last }).then('reservation.cancelled', {});
      given(received(10), held('rsv', 3)).when(extend('rsv', 600), { at: last }).then('reservation.extended', {});
      given(received(10), held('rsv', 3)).when(expire('rsv'), { at: last, by: SYSTEM_ACTOR }).thenNothing();
    });

    it('exactly at its deadline: from then on nothing does, swept or not', () => {
      for (const seconds of [600, 600.001, DAY]) {
        for (const command of [confirm('rsv'), confirm('rsv', 1), cancel('rsv'), extend('rsv', 600)]) {
          given(received(10), held('rsv', 3)).when(command, { at: seconds }).thenRefused('reservation_expired');
          given(received(10), held('rsv', 3), expired('rsv')).when(command, { at: seconds })
            .thenRefused('reservation_expired');
        }
      }
    });

    it('by one event that frees its units', () => {
      given(received(10), held('rsv', 3)).when(expire('rsv'), { at: 600.5, by: SYSTEM_ACTOR })
        .then('reservation.expired', {
          quantity: 10, reserved: 0, available: 10, delta: 0, reserved_delta: -3, reservation_quantity: 3,
          expires_at: at(600).toISOString(), closed_at: at(600.5).toISOString(),
        });
    });

    it('once: the second sweep finds nothing to do', () => {
      given(received(10), held('rsv', 3), expired('rsv')).when(expire('rsv'), { at: 700, by: SYSTEM_ACTOR })
        .thenNothing();
    });

    it('later when it was extended', () => {
      given(received(10), held('rsv', 3), extended('rsv', 900)).when(confirm('rsv'), { at: 899.999 })
        .then('reservation.confirmed', {});
      given(received(10), held('rsv', 3), extended('rsv', 900)).when(confirm('rsv'), { at: 900 })
        .thenRefused('reservation_expired');
    });

    it('and reads EXPIRED from that instant, whatever its row says', () => {
      const reservation = reservationAfter(received(10), held('rsv', 3));
      expect(statusAt(reservation, at(last))).to.equal('PENDING');
      expect(statusAt(reservation, at(600))).to.equal('EXPIRED');
      expect(hasLapsed(reservation, at(last))).to.equal(false);
      expect(hasLapsed(reservation, at(600))).to.equal(true);
    });

    it('never once it is confirmed or cancelled', () => {
      for (const end of [confirmed('rsv', 3), cancelled('rsv')]) {
        const reservation = reservationAfter(received(10), held('rsv', 3), end);
        expect(hasLapsed(reservation, at(DAY))).to.equal(false);
        expect(statusAt(reservation, at(DAY))).to.equal(reservation.status);
      }
    });
  });

  describe('that is terminal stays so', () => {
    const ends: readonly (readonly [
      state: string, end: Fact, same: readonly Command[], code: ErrorCode, different: readonly Command[],
    ])[] = [
      ['CONFIRMED', confirmed('rsv', 3), [confirm('rsv'), confirm('rsv', 3), expire('rsv')],
        'reservation_already_confirmed', [cancel('rsv'), extend('rsv', 900), confirm('rsv', 2)]],
      ['CONFIRMED in part', confirmed('rsv', 2), [confirm('rsv', 2), expire('rsv')],
        'reservation_already_confirmed',
        [cancel('rsv'), extend('rsv', 900), confirm('rsv'), confirm('rsv', 3), confirm('rsv', 1)]],
      ['CANCELLED', cancelled('rsv'), [cancel('rsv'), expire('rsv')],
        'reservation_already_cancelled', [confirm('rsv'), confirm('rsv', 1), extend('rsv', 900)]],
      ['EXPIRED', expired('rsv'), [expire('rsv')],
        'reservation_expired', [confirm('rsv'), cancel('rsv'), extend('rsv', 900)]],
    ];
    for (const [state, end, same, code, different] of ends) {
      it(`${state}: the same verb again changes nothing, before and after the deadline`, () => {
        for (const command of same) {
          given(received(10), held('rsv', 3), end).when(command, { at: 2 }).thenNothing();
          given(received(10), held('rsv', 3), end).when(command, { at: DAY }).thenNothing();
        }
      });
      it(`${state}: a different verb, or another quantity, is refused with ${code}`, () => {
        for (const command of different) {
          given(received(10), held('rsv', 3), end).when(command, { at: 2 }).thenRefused(code);
          given(received(10), held('rsv', 3), end).when(command, { at: DAY }).thenRefused(code);
        }
      });
      it(`${state}: evolve refuses any further event`, () => {
        const reservation = reservationAfter(received(10), held('rsv', 3), end);
        for (const late of [confirmed('rsv', 3), cancelled('rsv'), expired('rsv'), extended('rsv', 900)]) {
          expect(() => evolveReservation(reservation, lastOf(received(10), held('rsv', 3), late)))
            .to.throw('met reservation');
        }
        expect(() => evolveReservation(reservation, lastOf(received(10), held('rsv', 3)))).to.throw('created twice');
      });
    }
  });

  describe('belongs to somebody', () => {
    it('to its customer, to vendors of its store, to the vendor who made it, and to the administrator', () => {
      for (const by of [customer('cust-1'), vendorOf(STORE_ID), admin]) {
        given(received(10), held('rsv', 3)).when(cancel('rsv'), { by }).then('reservation.cancelled', {});
      }
      given(received(10), held('rsv', 3, { by: 'vendor-1' })).when(cancel('rsv'), { by: vendorOf('BCN-001') })
        .then('reservation.cancelled', {});
    });

    it('to everybody else it does not exist: the answer is that for an unknown id', () => {
      for (const command of [confirm('rsv'), cancel('rsv'), extend('rsv', 900)]) {
        for (const by of [stranger, vendorOf('BCN-001'), vendorOf()]) {
          given(received(10), held('rsv', 3)).when(command, { by }).thenRefused('not_found', {});
          given(received(10), held('rsv', 3), cancelled('rsv')).when(command, { by }).thenRefused('not_found', {});
          given(received(10), held('rsv', 3)).when(command, { by, at: DAY }).thenRefused('not_found', {});
        }
        given(received(10)).when(command).thenRefused('not_found', {});
      }
    });

    it('to its customer, not to whoever made it for him: a customer\'s id is not a vendor\'s', () => {
      given(received(10), held('rsv', 3, { by: stranger.id, of: 'cust-1' })).when(cancel('rsv'), { by: stranger })
        .thenRefused('not_found', {});
    });
  });

  it('that was never made has no event but the first', () => {
    expect(() => evolveReservation(undefined, lastOf(received(10), held('rsv', 3), cancelled('rsv'))))
      .to.throw('unknown');
  });
});
