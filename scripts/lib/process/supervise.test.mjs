// @ts-check
import { expect } from 'chai';
import { pauseMs } from './supervise.mjs';

describe('a restart', () => {
  it('comes after a pause that doubles, has a bound, and is given up in the end', () => {
    expect([1, 2, 3, 4, 5, 6, 7].map(pauseMs)).to.deep.equal([500, 1000, 2000, 4000, 8000, 15_000, undefined]);
  });
});
