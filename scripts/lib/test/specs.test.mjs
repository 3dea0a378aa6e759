// @ts-check
import { expect } from 'chai';
import { dealt, kindOf } from './specs.mjs';

describe('spec files', () => {
  it('say by their suffix what they need', () => {
    const names = ['a.test.ts', 'a.test.mjs', 'a.int.test.ts', 'a.e2e.test.ts', 'a.web.test.ts', 'a.long.test.ts'];
    expect(names.map(kindOf)).to.deep.equal(['unit', 'unit', 'int', 'e2e', 'web', 'long']);
    expect(['testing.ts', 'a.fixture.ts'].map(kindOf)).to.deep.equal([undefined, undefined]);
  });
  it('are dealt into parts of at most so many: each once, and neighbours apart', () => {
    const files = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    expect(dealt(files, 3)).to.deep.equal([['a', 'd', 'g'], ['b', 'e'], ['c', 'f']]);
    expect(dealt(files, 7)).to.deep.equal([files]);
    expect(dealt([], 3)).to.deep.equal([]);
  });
});
