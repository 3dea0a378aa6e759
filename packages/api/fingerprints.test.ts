import { expect } from 'chai';
import { endpoints } from './endpoints.ts';

const product_id = '807acc38-bad3-5a9b-af8c-889c493a3230';
const store_id = 'MAD-001';

/**
 * By the endpoint: a body that says no more than the first release of it demanded, and what it is parsed to there, as JSON. An idempotency
 * key's fingerprint is taken of that text. A line is never changed: keys of the release before are repeated at the next one.
 */
const FIRST: Readonly<Record<string, readonly [body: object, parsed: string]>> = {
  changeStock: [{ quantity_change: -2, reason: 'SALE', store_id, product_id },
    `{"product_id":"${product_id}","store_id":"MAD-001","quantity_change":-2,"reason":"SALE"}`],
  changeStockBatch: [{ items: [{ reason: 'SALE', quantity_change: -2, store_id, product_id }] },
    `{"mode":"atomic","items":[{"product_id":"${product_id}","store_id":"MAD-001","quantity_change":-2,"reason":"SALE"}]}`],
  countStock: [{ quantity: 3 }, '{"quantity":3}'],
  countShelf: [{ items: [{ quantity: 3, product_id, expected_version: 1 }] },
    `{"mode":"atomic","items":[{"product_id":"${product_id}","quantity":3,"expected_version":1}],"on_shortfall":"REFUSE"}`],
  createReservation: [{ quantity: 1, customer_id: 'c', store_id, product_id },
    `{"product_id":"${product_id}","store_id":"MAD-001","quantity":1,"customer_id":"c","ttl":600}`],
  confirmReservation: [{}, '{}'],
  cancelReservation: [{}, '{}'],
  extendReservation: [{ ttl: 60 }, '{"ttl":60}'],
  returnReservation: [{ quantity: 1 }, '{"quantity":1}'],
  createCart: [{ customer_id: 'c', lines: [{ quantity: 1, store_id, product_id }] },
    `{"lines":[{"product_id":"${product_id}","store_id":"MAD-001","quantity":1}],"customer_id":"c","ttl":600}`],
  confirmCart: [{}, '{}'],
  cancelCart: [{}, '{}'],
  extendCart: [{ ttl: 60 }, '{"ttl":60}'],
  eraseCustomer: [{ customer_id: 'c' }, '{"customer_id":"c","release_holds":false,"references":[]}'],
  createProduct: [{ name: 'Crisps', price: '1.2', sku: 'SKU-1' },
    '{"sku":"SKU-1","name":"Crisps","description":null,"category":null,"price":"1.20"}'],
  updateProduct: [{ name: 'Crisps' }, '{"name":"Crisps"}'],
  createStore: [{ name: 'Madrid', store_id }, '{"store_id":"MAD-001","name":"Madrid"}'],
  updateStore: [{ name: 'Madrid' }, '{"name":"Madrid"}'],
  retryParked: [{ note: 'n', filter: {}, expected_count: 1 }, '{"filter":{},"expected_count":1,"note":"n"}'],
  skipParked: [{ note: 'n', filter: {}, expected_count: 1 }, '{"filter":{},"expected_count":1,"note":"n"}'],
  createReplay: [{ from: 'position:1', expected_total: 1 }, '{"from":"position:1","expected_total":1}'],
  pauseReplay: [{}, '{}'],
  resumeReplay: [{}, '{}'],
  cancelReplay: [{}, '{}'],
  createVerification: [{}, '{}'],
  createRebuild: [{}, '{}'],
};

describe('the fingerprint of a request under an idempotency key', () => {
  // A member with a default is written into each body that leaves it out: one that comes later is .optional(), and gets its default behind.
  it('is that of the release before, so that a repeat across an upgrade gets its stored answer', () => {
    for (const { id, body } of endpoints.filter(({ idempotent }) => idempotent === true)) {
      const [asked, parsed] = FIRST[id] ?? expect.fail(`${id} has no line here`);
      expect(JSON.stringify(body.parse(asked)), id).to.equal(parsed);
    }
  });
});
