// @ts-check
import { expect } from 'chai';
import { kindOf } from './specs.mjs';

describe('spec files', () => {
  it('say by their suffix what they need', () => {
    const names = ['a.test.ts', 'a.test.mjs', 'a.int.test.ts', 'a.e2e.test.ts', 'a.web.test.ts', 'a.long.test.ts'];
    expect(names.map(kindOf)).to.deep.equal(['unit', 'unit', 'int', 'e2e', 'web', 'long']);
    expect(['testing.ts', 'a.fixture.ts'].map(kindOf)).to.deep.equal([undefined, undefined]);
  });
});
