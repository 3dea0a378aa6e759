// @ts-check
import { expect } from 'chai';
import { closingLine, total } from './counts.mjs';

describe('the closing line', () => {
  it('adds up all stages in the form that CI reads', () => {
    const counts = [{ passed: 3, failed: 0, skipped: 1 }, { passed: 1, failed: 2, skipped: 0 }];
    expect(closingLine(total(counts.map((each) => ({ counts: each }))))).to.equal('4 passed, 2 failed, 1 skipped');
  });
});
