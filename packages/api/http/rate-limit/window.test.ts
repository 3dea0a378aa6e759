import { expect } from 'chai';
import fc from 'fast-check';
import { createMemoryWindows, verdictOf } from './window.ts';

const quota = { limit: 5, windowMs: 1000 };

describe('the window of a rate limit', () => {
  /** The times of the admitted requests, of those that came at these times. */
  function admitted(times: readonly number[], limit = quota.limit): readonly number[] {
    let now = 0;
    const windows = createMemoryWindows(10, () => now);
    return times.filter((at) => {
      now = at;
      return windows.count('k', { ...quota, limit }).admitted;
    });
  }

  it('admits exactly the limit, then says how long to wait, which is true', () => {
    let now = 0;
    const windows = createMemoryWindows(10, () => now);
    const verdicts = Array.from({ length: 5 }, () => verdictOf(windows.count('k', quota), quota));
    expect(verdicts.map(({ used }) => used)).to.deep.equal([1, 2, 3, 4, 5]);
    const refused = verdictOf(windows.count('k', quota), quota);
    expect(refused.used).to.equal(6);
    now = refused.waitMs - 1;
    expect(windows.count('k', quota).admitted).to.equal(false);
    now = refused.waitMs;
    expect(windows.count('k', quota).admitted).to.equal(true);
  });

  it('admits no second burst after its edge, as a fixed window would', () => {
    const burst = (at: number): readonly number[] => Array.from({ length: 5 }, () => at);
    expect(admitted([...burst(0), ...burst(990), ...burst(1010)])).to.have.length(6);
    expect(admitted([0, ...burst(999), ...burst(1001), ...burst(2500)])).to.have.length(5 + 1 + 5);
  });

  it('never admits twice the limit within its time, and never refuses a client within the limit', () => {
    fc.assert(fc.property(fc.array(fc.nat(300), { maxLength: 60 }), (gaps) => {
      const times = gaps.map((_, nth) => gaps.slice(0, nth + 1).reduce((sum, gap) => sum + gap, 0));
      const passed = admitted(times);
      for (const from of passed) {
        expect(passed.filter((at) => at >= from && at < from + 1000).length).to.be.below(10);
      }
      const calm = times.filter((at) => times.filter((other) => other > at - 2000 && other <= at).length <= 5);
      if (calm.length === times.length) expect(passed).to.deep.equal(times);
    }));
  });

  it('counts what a request costs: the rest of it, when 1 is counted already, or nothing', () => {
    let now = 0;
    const windows = createMemoryWindows(10, () => now);
    const ask = (more: { readonly cost?: number; readonly paid?: number }) => {
      const asked = { limit: 10, windowMs: 1000, ...more };
      return verdictOf(windows.count('k', asked), asked);
    };
    expect(ask({})).to.deep.include({ admitted: true, used: 1, left: 9 });
    expect(ask({ cost: 6, paid: 1 })).to.deep.include({ admitted: true, used: 6, left: 4 });
    expect(ask({})).to.deep.include({ used: 7, left: 3 });
    const refused = ask({ cost: 6, paid: 1 });
    expect(refused, 'the 1 is given back').to.deep.include({ admitted: false, left: 4 });
    now = refused.waitMs - 1;
    expect(ask({}).admitted && ask({ cost: 6, paid: 1 }).admitted).to.equal(false);
    now = refused.waitMs;
    expect(ask({}).admitted && ask({ cost: 6, paid: 1 }).admitted, 'as long as it was told').to.equal(true);
  });

  it('admits what costs more than the limit when nothing else counts', () => {
    let now = 0;
    const windows = createMemoryWindows(10, () => now);
    const asked = { limit: 5, windowMs: 1000, cost: 100 };
    expect(verdictOf(windows.count('k', asked), asked)).to.deep.include({ admitted: true, left: 0 });
    const refused = verdictOf(windows.count('k', asked), asked);
    expect(refused.admitted).to.equal(false);
    now = refused.waitMs;
    expect(windows.count('k', asked).admitted).to.equal(true);
  });

  it('counts each key by itself, and keeps no more keys than its bound', () => {
    const windows = createMemoryWindows(2, () => 0);
    const once = { limit: 1, windowMs: 1000 };
    expect(['a', 'b', 'a'].map((key) => windows.count(key, once).admitted)).to.deep.equal([true, true, false]);
    windows.count('c', once);
    expect(windows.count('a', once).admitted, 'a was forgotten').to.equal(true);
  });
});
