import { expect } from 'chai';
import { parseBound, parseProducts, parseStores, parseTypes, RangeRefused } from './range.ts';

describe('the range of a replay', () => {
  it('is read in every form that the help names', () => {
    expect(parseBound('--from', 'beginning')).to.deep.equal({ kind: 'beginning' });
    expect(parseBound('--from', '2h')).to.deep.equal({ kind: 'ago', seconds: 7200 });
    expect(parseBound('--from', '90s')).to.deep.equal({ kind: 'ago', seconds: 90 });
    expect(parseBound('--from', 'position:12')).to.deep.equal({ kind: 'position', position: 12 });
    expect(parseBound('--from', 'event:0198f2d2-1d6c-7d7e-8a3c-5b1e2f3a4b5c')).to.include({ kind: 'event' });
    expect(parseBound('--from', '2026-07-01T10:00:00+02:00')).to.deep.equal({
      kind: 'time',
      at: '2026-07-01T10:00:00+02:00',
    });
  });

  for (const text of [
    '',
    'yesterday',
    '2h30m',
    '-1h',
    '1.5h',
    'position:-1',
    'position:1e3',
    'event:1',
    '2026-02-30T00:00:00Z',
    '2026-07-01',
    'infinity',
    "1h'; DROP TABLE events",
  ]) {
    it(`is refused: ${JSON.stringify(text)}`, () => {
      expect(() => parseBound('--from', text)).to.throw(RangeRefused, /^--from takes an RFC 3339 time/);
    });
  }

  it('takes patterns of types that exist', () => {
    expect(parseTypes(['stock.*', 'stock.updated'])).to.deep.equal(['stock.updated']);
    expect(parseTypes(['*'])).to.have.length(13);
    expect(() => parseTypes(['stock'])).to.throw(RangeRefused, /matches none of/);
    expect(() => parseTypes(['.*'])).to.throw(RangeRefused);
  });

  it('takes store and product ids only', () => {
    expect(parseStores(['MAD-001', 'BCN-001', 'MAD-001'])).to.deep.equal(['BCN-001', 'MAD-001']);
    expect(() => parseStores(['MAD 001'])).to.throw(RangeRefused);
    expect(() => parseProducts(['7'])).to.throw(RangeRefused);
  });
});
