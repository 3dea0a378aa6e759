import { expect } from 'chai';
import { backoffMs, sleep } from './sleep.ts';

describe('sleep', () => {
  it('ends early and without an error when the signal aborts', async () => {
    const controller = new AbortController();
    const sleeping = sleep(60_000, controller.signal);
    controller.abort();
    expect(await sleeping).to.equal('aborted');
    expect(await sleep(60_000, controller.signal)).to.equal('aborted');
    expect(await sleep(1)).to.equal('slept');
  });
});

describe('backoffMs', () => {
  it('doubles up to its bound and keeps at least half of each step', () => {
    for (const [failures, ceiling] of [[1, 100], [2, 200], [4, 800], [5, 1000], [500, 1000]] as const) {
      for (let i = 0; i < 50; i += 1) {
        expect(backoffMs(failures, { minMs: 100, maxMs: 1000 })).to.be.within(ceiling / 2, ceiling);
      }
    }
  });
});
