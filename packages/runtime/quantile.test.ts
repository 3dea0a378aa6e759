import { expect } from 'chai';
import { quantile } from './quantile.ts';

describe('a quantile', () => {
  it('is one of the values, the greatest at most', () => {
    const values = Array.from({ length: 100 }, (_, n) => n);
    expect([0, 0.5, 0.99, 1].map((q) => quantile(values, q))).to.deep.equal([0, 50, 99, 99]);
    expect([quantile([7], 0.5), quantile([7], 0.99), quantile([], 0.5)]).to.deep.equal([7, 7, undefined]);
  });
});
