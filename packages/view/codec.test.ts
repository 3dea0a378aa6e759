import { expect } from 'chai';
import fc from 'fast-check';
import { MAX_QUANTITY } from '@inventory/domain/values.ts';
import {
  decodeProduct, decodeSeal, decodeStock, decodeStore, encodeProduct, encodeSeal, encodeStock, encodeStore,
} from './codec.ts';

const quantity = fc.integer({ min: 0, max: MAX_QUANTITY });
const version = fc.integer({ min: 1, max: 9_999_999_999 });
const name = fc.string({ minLength: 1, maxLength: 255, unit: 'binary' });
const roundTrip = <T>(values: fc.Arbitrary<T>, encode: (value: T) => string, decode: (text: string) => T): void => {
  fc.assert(fc.property(values, (value) => { expect(decode(encode(value))).to.deep.equal(value); }));
};

describe('a field of the availability view', () => {
  it('is read back as it was written', () => {
    roundTrip(fc.record({ version, quantity, reserved: quantity }), encodeStock, decodeStock);
    roundTrip(fc.record({ version, archived: fc.boolean(), name }), encodeProduct, decodeProduct);
    roundTrip(fc.record({ version, name }), encodeStore, decodeStore);
    roundTrip(fc.record({
      epoch: fc.tuple(fc.integer({ min: 0, max: 0xffffffff }), fc.integer({ min: 1, max: 9_999_999_999 }))
        .map(([log, number]) => `${log.toString(16).padStart(8, '0')}.${number}`),
      atMs: fc.integer({ min: 1_000_000_000_000, max: 9_999_999_999_999 }),
    }), encodeSeal, decodeSeal);
  });

  it('begins with its version, by which the Lua texts compare', () => {
    expect(encodeStock({ version: 7, quantity: 20, reserved: 3 })).to.equal('7:20:3:0:0');
    expect(encodeProduct({ version: 7, archived: true, name: 'a:b' })).to.equal('7:1:a:b');
    expect(encodeStore({ version: 7, name: 'Madrid' })).to.equal('7:Madrid');
  });

  it('that is damaged is refused, never read as a number', () => {
    for (const text of [
      '', '7', '7:20', '7:20:', '7:20:3', '7:20:3:0', '7:20:3:0:', '7::3:0:0', ':20:3:0:0', '0:20:3:0:0', '07:20:3:0:0',
      '-7:20:3:0:0', '7:-1:3:0:0', '7:20:3:0:0:', '7:20:3:0:0:0', '7:20:3:0:0\n', ' 7:20:3:0:0',
      '7.5:20:3:0:0', '1e3:20:3:0:0', '7:NaN:3:0:0', '7:20:3:0:0x', '٧:20:3:0:0', '7:12345678901:3:0:0', 'undefined:20:3:0:0', '{"version":7}',
    ]) expect(() => decodeStock(text), JSON.stringify(text)).to.throw(RangeError);
    for (const text of ['', '7', '7:2:x', '7:1:', '0:1:x', ':1:x', '7:x']) {
      expect(() => decodeProduct(text), JSON.stringify(text)).to.throw(RangeError);
    }
    for (const text of ['', '7', '7:', '0:x', ':x']) expect(() => decodeStore(text), JSON.stringify(text))
      .to.throw(RangeError);
    for (const text of [
      '', '1', '1:', '1:1767225600000', '0123abcd.1:17', '0123abcd.0:1767225600000', '0123abcd.1:17672256000000',
      '0123abcd.1:1767225600000x', 'x.1:1767225600000', '0123abcd:1767225600000',
    ]) {
      expect(() => decodeSeal(text), JSON.stringify(text)).to.throw(RangeError);
    }
  });
});
