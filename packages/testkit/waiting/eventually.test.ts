import { expect } from 'chai';
import { eventually } from './eventually.ts';

describe('eventually', () => {
  it('resolves with the first result that does not throw', async () => {
    let calls = 0;
    const result = await eventually(() => {
      calls += 1;
      if (calls < 3) throw new Error('not yet');
      return calls;
    }, { everyMs: 1 });
    expect(result).to.equal(3);
  });

  it('gives up after its time, and tells what was waited for and why it did not come', async () => {
    const options = { timeoutMs: 30, everyMs: 5, what: 'the queue to be empty' };
    const error = await eventually(() => { throw new Error('still 7'); }, options)
      .then(() => undefined, (reason: unknown) => reason);
    expect(String(error)).to.contain('the queue to be empty').and.to.contain('still 7').and.to.contain('30 ms');
  });

  it('stops when it is told to', async () => {
    const over = new AbortController();
    let calls = 0;
    const waiting = eventually(() => {
      calls += 1;
      throw new Error('not yet');
    }, { everyMs: 1, signal: over.signal }).catch(String);
    over.abort(new Error('nobody waits any more'));
    expect(await waiting).to.contain('nobody waits any more');
    expect(calls).to.equal(1);
  });

  it('is bounded even when an attempt hangs', async () => {
    const begun = performance.now();
    const error = await eventually(() => new Promise(() => undefined), { timeoutMs: 30, what: 'an answer' })
      .then(() => undefined, (reason: unknown) => reason);
    expect(String(error)).to.contain('an answer');
    expect(performance.now() - begun).to.be.lessThan(1000);
  });
});
