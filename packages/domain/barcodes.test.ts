import { expect } from 'chai';
import { isMisread, keyOfCode, productIdentifiers } from './barcodes.ts';

const good = ['4006381333931', '96385074', '036000291452', '10012345678902', '0000000000000'];

describe('a code of a product', () => {
  it('that is a GTIN has the check digit that follows from its digits: each single wrong digit is found', () => {
    for (const code of good) {
      expect([isMisread(code), productIdentifiers.safeParse([{ value: code, kind: 'GTIN' }]).success], code).to.deep.equal([false, true]);
      for (const [place, digit] of [...code].entries()) {
        for (let other = 0; other < 10; other += 1) {
          if (String(other) === digit) continue;
          const wrong = `${code.slice(0, place)}${other}${code.slice(place + 1)}`;
          expect(isMisread(wrong), wrong).to.equal(true);
        }
      }
    }
    for (const none of ['', '1', '40063813339', '400638133393100', '400638133393X', ' 4006381333931', '4006381333931\n', '٤٠٠٦٣٨١٣٣٣٩٣١']) {
      expect([isMisread(none), productIdentifiers.safeParse([{ value: none, kind: 'GTIN' }]).success], none).to.deep.equal([false, false]);
    }
  });

  it('is the same with the zeros in front that some scanners add, where it is as long as a GTIN', () => {
    expect(keyOfCode('036000291452')).to.equal(keyOfCode('0036000291452')).and.to.equal('00036000291452');
    expect(['4011', '04011', 'A-1', '123456789', ''].map(keyOfCode)).to.deep.equal(['4011', '04011', 'A-1', '123456789', '']);
  });

  it('stands for one unit or a pack, and is held to its kind', () => {
    const read = (...list: readonly unknown[]) => productIdentifiers.safeParse(list);
    expect(read({ value: '4006381333931', kind: 'GTIN' }).data).to.deep.equal([{ value: '4006381333931', kind: 'GTIN', units: 1 }]);
    expect(read({ value: '4011', kind: 'PLU' }, { value: 'BOX-12', kind: 'OWN', units: 12 }).data?.map(({ units }) => units)).to.deep.equal([1, 12]);
    expect(read().data).to.deep.equal([]);
    for (const wrong of [
      { value: '4006381333932', kind: 'GTIN' }, { value: '401', kind: 'PLU' }, { value: '4011a', kind: 'PLU' }, { value: '', kind: 'OWN' },
      { value: 'a b ', kind: 'OWN' }, { value: 'x', kind: 'EAN' }, { value: 'x', kind: 'OWN', units: 0 }, { value: 'x', kind: 'OWN', units: 1.5 },
      { value: 'x'.repeat(51), kind: 'OWN' }, { value: 'x', kind: 'OWN', unit: 2 }, { value: 'x', kind: 'OWN', units: 10_001 },
    ]) expect(read(wrong).success, JSON.stringify(wrong)).to.equal(false);
  });

  it('is in the list of a product once, whatever zeros are in front of it, and the list is short', () => {
    const own = (value: string) => ({ value, kind: 'OWN' });
    const twice = productIdentifiers.safeParse([own('036000291452'), own('x'), own('0036000291452')]);
    expect(twice.error?.issues.map(({ path }) => path)).to.deep.equal([[2, 'value']]);
    expect(productIdentifiers.safeParse(Array.from({ length: 20 }, (_, n) => own(`c${n}`))).success).to.equal(true);
    expect(productIdentifiers.safeParse(Array.from({ length: 21 }, (_, n) => own(`c${n}`))).success).to.equal(false);
  });
});
