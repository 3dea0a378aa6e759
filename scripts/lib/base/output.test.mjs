// @ts-check
import { expect } from 'chai';
import { duration } from './output.mjs';

describe('a duration', () => {
  it('is short to read', () => {
    expect([40, 1234, 12_345, 125_000].map(duration)).to.deep.equal(['0.0 s', '1.2 s', '12 s', '2 min 5 s']);
  });
});
