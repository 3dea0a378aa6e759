import { expect } from 'chai';
import { validate, version } from 'uuid';
import { newId } from './ids.ts';

describe('new ids', () => {
  it('are UUIDs of version 7, each one greater than the one before, through several pages of random bytes', () => {
    const ids = Array.from({ length: 100_000 }, newId);
    expect(ids.every((id) => validate(id) && version(id) === 7)).to.equal(true);
    expect(ids.findIndex((id, nth) => nth > 0 && id <= (ids[nth - 1] ?? ''))).to.equal(-1);
  });

  it('are of now', () => {
    const before = Date.now();
    const at = Number.parseInt(newId().replaceAll('-', '').slice(0, 12), 16);
    expect(at).to.be.within(before, Date.now());
  });

  it('count on when the clock steps back', () => {
    const real = Date.now;
    const first = newId();
    try {
      Date.now = () => real() - 3_600_000;
      expect(newId() > first).to.equal(true);
    } finally {
      Date.now = real;
    }
  });

  it('share no random bits: of 20 000 all are different in the last eight bytes', () => {
    expect(new Set(Array.from({ length: 20_000 }, () => newId().slice(-12))).size).to.equal(20_000);
  });
});
