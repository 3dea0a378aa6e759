import { expect } from 'chai';
import { createFloodLines } from './flood-lines.ts';

describe('the lines of a flood', () => {
  it('are a hundred a minute, and one that says how many more there were', () => {
    let time = 0;
    const unsaid: number[] = [];
    const lines = createFloodLines((count) => { unsaid.push(count); }, () => time);
    const told = (requests: number): number => Array.from({ length: requests }, () => lines.mayTell()).filter(Boolean).length;
    expect(told(5000)).to.equal(100);
    time = 59_999;
    expect([told(10), unsaid]).to.deep.equal([0, []]);
    time = 60_000;
    expect([told(3), unsaid]).to.deep.equal([3, [4910]]);
    time = 120_000;
    expect([told(100), unsaid]).to.deep.equal([100, [4910]]);
  });
});
