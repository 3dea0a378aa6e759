import { expect } from 'chai';
import { z } from 'zod';
import type { DomainEvent } from './events.ts';
import { aggregateIdOf, eventSchemas, isEventType, isStockRowEvent, parseEvent, streamOf } from './events.ts';
import {
  PRODUCT_ID, STOCK_ID, STORE_ID, cancelled, confirmed, customerRef, expired, extended, happened, held, received, reservationId,
} from './testing/given-when-then.ts';

const STORE_UID = reservationId('store');
const ATTEMPT = reservationId('try');
const product = {
  product_id: PRODUCT_ID, sku: 'SKU-1', name: 'Laptop', description: null, category: null, price: '999.00', version: 1,
};
const store = { store_uid: STORE_UID, store_id: STORE_ID, name: 'Madrid Centro', version: 1 };

/** One event of every type. */
const samples: readonly DomainEvent[] = [
  ...happened(received(10), held('a', 1), confirmed('a', 1), held('b', 1), cancelled('b'), held('c', 1),
    extended('c', 900), expired('c', 900)),
  { type: 'reservation.rejected', payload: {
    attempt_id: ATTEMPT, product_id: PRODUCT_ID, store_id: STORE_ID, customer_ref: customerRef('cust-1'), requested: 5, available: 3,
    suppressed: 0,
  } },
  { type: 'product.created', payload: product },
  { type: 'product.updated', payload: { ...product, version: 2 } },
  { type: 'product.archived', payload: { ...product, version: 3 } },
  { type: 'store.created', payload: store },
  { type: 'store.updated', payload: { ...store, version: 2 } },
  { type: 'customer.erased', payload: {
    customer_ref: customerRef('cust-1'), erasure_id: ATTEMPT, holds_released: 2, erased_at: '2026-11-24T10:28:00.000Z',
  } },
];

describe('an event', () => {
  it('of every type is read back from JSON as it was', () => {
    expect(new Set(samples.map(({ type }) => type))).to.have.all.keys(Object.keys(eventSchemas));
    for (const event of samples) {
      expect(parseEvent(event.type, JSON.parse(JSON.stringify(event.payload))), event.type).to.deep.equal(event);
    }
  });

  it('of an unknown type is refused, names of Object.prototype included', () => {
    const foreign = ['stock.deleted', 'STOCK.UPDATED', 'stock.updated ', '', 'toString', 'constructor', '__proto__'];
    for (const type of foreign) {
      expect(() => parseEvent(type, {}), type).to.throw(TypeError, 'unknown event type');
      expect(isEventType(type), type).to.equal(false);
    }
  });

  it('with members that this code does not know is read: the log outlives it', () => {
    for (const event of samples) {
      expect(parseEvent(event.type, { ...event.payload, added_in_2030: true }), event.type).to.deep.equal(event);
    }
  });

  it('of a store says where it is and whether it is open, and one from before that says nothing of it', () => {
    const payload = { ...store, groups: ['centre'], latitude: 40.4168, longitude: -3.7038, time_zone: null, status: 'CLOSED' };
    expect(parseEvent('store.updated', payload).payload).to.deep.equal(payload);
    expect(parseEvent('store.updated', store).payload).to.deep.equal(store);
    for (const wrong of [{ groups: 'centre' }, { latitude: '40' }, { status: 'SHUT' }, { pickup: null }]) {
      expect(() => parseEvent('store.updated', { ...payload, ...wrong }), JSON.stringify(wrong)).to.throw(z.ZodError);
    }
  });

  it('with a member missing, or of another type, is refused', () => {
    for (const event of samples) {
      for (const name of Object.keys(event.payload)) {
        const without = Object.fromEntries(Object.entries(event.payload).filter(([member]) => member !== name));
        expect(() => parseEvent(event.type, without), `${event.type} without ${name}`).to.throw(z.ZodError);
        expect(() => parseEvent(event.type, { ...event.payload, [name]: [] }), `${event.type} ${name}`)
          .to.throw(z.ZodError);
      }
    }
  });

  it('never carries an impossible number', () => {
    const [event] = samples;
    if (event === undefined) throw new Error('no sample');
    for (const [name, values] of [
      ['quantity', [-1, 1.5, 1_000_000_001, '5', null, Number.NaN]], ['reserved', [-1, 0.1]], ['available', [-1]],
      ['version', [0, -1, 1.5, 2 ** 53]],
    ] as const) {
      for (const value of values) {
        expect(() => parseEvent(event.type, { ...event.payload, [name]: value }), `${name} ${value}`)
          .to.throw(z.ZodError);
      }
    }
  });

  it('tells money as a decimal string with two places', () => {
    for (const price of [999, '999', '999.0', '999.000', '-1.00', '1e3', '123456789.00', '1,00']) {
      expect(() => parseEvent('product.created', { ...product, price }), String(price)).to.throw(z.ZodError);
    }
  });
});

describe('the stream of an event', () => {
  it('is the row for stock and reservations, with the row\'s version', () => {
    for (const [index, event] of samples.slice(0, 8).entries()) {
      expect(streamOf(event), event.type).to.deep.equal({ id: STOCK_ID, version: index + 1 });
      expect(isStockRowEvent(event), event.type).to.equal(true);
    }
  });

  it('is the product or the store for the catalogue, and without a version the attempt for a rejection, the ref for an erasure', () => {
    expect(samples.slice(8).map(streamOf)).to.deep.equal([
      { id: ATTEMPT, version: null }, { id: PRODUCT_ID, version: 1 }, { id: PRODUCT_ID, version: 2 },
      { id: PRODUCT_ID, version: 3 }, { id: STORE_UID, version: 1 }, { id: STORE_UID, version: 2 },
      { id: customerRef('cust-1'), version: null },
    ]);
    expect(samples.slice(8).some(isStockRowEvent)).to.equal(false);
  });

  it('is not its aggregate: that is the product, the reservation, the attempt, the store or the customer', () => {
    expect(samples.map(aggregateIdOf)).to.deep.equal([
      PRODUCT_ID, ...['a', 'a', 'b', 'b', 'c', 'c', 'c'].map(reservationId), ATTEMPT,
      PRODUCT_ID, PRODUCT_ID, PRODUCT_ID, STORE_UID, STORE_UID, customerRef('cust-1'),
    ]);
  });
});
