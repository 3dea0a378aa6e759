import { expect } from 'chai';
import { createBudget, jitterMs, retryAfterMs, uuidv7 } from './time.ts';

describe('a UUIDv7', () => {
  it('has version and variant, the time, and is never the same', () => {
    const before = Date.now();
    const ids = Array.from({ length: 1000 }, uuidv7);
    for (const id of ids) expect(id).to.match(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(new Set(ids).size).to.equal(1000);
    const at = Number.parseInt((ids[0] ?? '').replaceAll('-', '').slice(0, 12), 16);
    expect(at).to.be.within(before, Date.now());
  });
});

describe('Retry-After', () => {
  const after = (text?: string) => retryAfterMs(new Headers(text === undefined ? {} : { 'retry-after': text }));

  it('is seconds or a date, never before now', () => {
    expect(after('12')).to.equal(12_000);
    expect(after('0')).to.equal(0);
    expect(after(new Date(Date.now() + 60_000).toUTCString())).to.be.within(58_000, 60_000);
    expect(after(new Date(0).toUTCString())).to.equal(0);
  });

  it('that is neither, or none, says nothing', () => {
    expect([after(), after('soon')]).to.deep.equal([undefined, undefined]);
  });
});

describe('full jitter', () => {
  it('is anywhere up to twice as much each time, and up to a limit', () => {
    for (const [attempt, most] of [[1, 100], [2, 200], [5, 1600], [50, 2000]] as const) {
      const waits = Array.from({ length: 500 }, () => jitterMs(attempt, 2000));
      expect(Math.max(...waits)).to.be.within(most * 0.9, most);
      expect(Math.min(...waits)).to.be.below(most * 0.1);
    }
  });
});

describe('a retry budget', () => {
  it('has ten at the beginning and earns its share of each call, a hundred at most', () => {
    const budget = createBudget(0.1);
    const spent = (tries: number) => Array.from({ length: tries }, () => budget.spend()).filter(Boolean).length;
    expect(spent(20)).to.equal(10);
    for (let nth = 0; nth < 10; nth += 1) budget.earn();
    expect(spent(20)).to.equal(1);
    for (let nth = 0; nth < 2000; nth += 1) budget.earn();
    expect(spent(200)).to.equal(100);
  });
});
