// @ts-check
import { expect } from 'chai';
import { kindOf, partsOf, turns } from './specs.mjs';

describe('spec files', () => {
  it('say by their suffix what they need', () => {
    const names = ['a.test.ts', 'a.test.mjs', 'a.int.test.ts', 'a.e2e.test.ts', 'a.web.test.ts', 'a.long.test.ts'];
    expect(names.map(kindOf)).to.deep.equal(['unit', 'unit', 'int', 'e2e', 'web', 'long']);
    expect(['testing.ts', 'a.fixture.ts'].map(kindOf)).to.deep.equal([undefined, undefined]);
  });
  it('are dealt into parts of at most so many: each once, and neighbours apart', () => {
    const files = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    const dealt = (/** @type {number} */ most) => partsOf('int', files, most).map((part) => part.files);
    expect(dealt(3)).to.deep.equal([['a', 'd', 'g'], ['b', 'e'], ['c', 'f']]);
    expect(dealt(7)).to.deep.equal([files]);
    expect(partsOf('int', [], 3)).to.deep.equal([]);
  });

  it('say which part of how many they are, unless there is one', () => {
    expect(partsOf('int', ['a', 'b', 'c'], 2).map(({ part }) => part)).to.deep.equal(['1 of 2', '2 of 2']);
    expect(partsOf('int', ['a', 'b'], 2)).to.deep.equal([{ kind: 'int', files: ['a', 'b'] }]);
  });

  it('of two kinds take turns, the rarer one less often', () => {
    expect(turns(['i1', 'i2', 'i3', 'i4'], ['e1', 'e2'])).to.deep.equal(['i1', 'e1', 'i2', 'i3', 'e2', 'i4']);
    expect(turns([], ['e1'])).to.deep.equal(['e1']);
  });
});
