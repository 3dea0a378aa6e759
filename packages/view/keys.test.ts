import { expect } from 'chai';
import {
  FILL_FIELD, FULL_FIELD, PRODUCT_FIELD, isStoreField, positionKey, productKey, sourceKey, storeNamesKey,
} from './keys.ts';

describe('a key of the availability view', () => {
  it('carries the log and the epoch, so that nothing of another log, or from before a restored one, is read', () => {
    for (const key of [productKey, storeNamesKey, positionKey, sourceKey].map((make) => [make('0123abcd.1', 'p'), make('0123abcd.2', 'p'), make('ffffffff.1', 'p')])) {
      expect(new Set(key).size).to.equal(3);
    }
  });

  it('of a product has the product as its hash tag', () => {
    expect(productKey('0123abcd.1', 'p')).to.equal('v2:0123abcd.1:product:availability:{p}');
  });
});

describe('a field of the availability view', () => {
  it('of the view\'s own is no store\'s, and a store\'s is not the view\'s own', () => {
    for (const field of [FULL_FIELD, FILL_FIELD, PRODUCT_FIELD]) expect(isStoreField(field)).to.equal(false);
    expect(isStoreField('MAD-001')).to.equal(true);
  });
});
