import { expect } from 'chai';
import { median, summarise } from './latency.ts';

describe('quantiles', () => {
  it('are values that were measured, whatever their order', () => {
    const shuffled = Array.from({ length: 1_000 }, (_, nth) => (nth * 7) % 1_000);
    expect(summarise(shuffled)).to.deep.equal({ count: 1_000, p50: 500, p95: 950, p99: 990, max: 999 });
    expect([[3], [1, 2], [9, 1, 5]].map(median)).to.deep.equal([3, 2, 5]);
  });

  it('of nothing are zero', () => {
    expect(summarise([])).to.deep.equal({ count: 0, p50: 0, p95: 0, p99: 0, max: 0 });
    expect(median([])).to.equal(0);
  });
});
