import { expect } from 'chai';
import { seriesOf, trendOf } from './trend.ts';

const begin = Date.parse('2026-11-24T10:00:00Z');
const at = (seconds: number): string => new Date(begin + seconds * 1000).toISOString();
const samples = (values: readonly number[]) => values.map((value, nth) => ({ at: at(nth * 10), value }));

describe('the trend of a step that is behind', () => {
  it('is growing, steady or falling over the last five minutes, whatever was before', () => {
    expect(trendOf(samples([1, 2, 5, 9, 14, 20]))).to.equal('growing');
    expect(trendOf(samples([20, 14, 9, 5, 2, 1]))).to.equal('falling');
    expect(trendOf(samples([30, 31, 30, 32, 31, 30]))).to.equal('steady');
    expect(trendOf(samples([0, 1, 0, 0, 1, 0])), 'noise of two readings').to.equal('steady');
    expect(trendOf([{ at: at(0), value: 500 }, ...samples([1, 1, 1, 1]).map(({ value }, nth) => ({ at: at(600 + nth * 10), value }))])).to.equal('steady');
    expect(trendOf([])).to.equal('steady');
  });
});

describe('the history as lines', () => {
  it('tells what was committed in a second by two newest positions, and leaves a gap where nobody reported', () => {
    const nothing = { newest_position: null, backlog: null, oldest_seconds: null, published_per_second: null, events_behind: null, behind_ms: null };
    const { committed, publishingSeconds, viewSeconds } = seriesOf({ seconds: 900, samples: [
      { ...nothing, at: at(0), newest_position: 100, backlog: 0, behind_ms: 40 }, { ...nothing, at: at(5), newest_position: 150, backlog: 3, oldest_seconds: 2 },
      { ...nothing, at: at(10) }, { ...nothing, at: at(15), newest_position: 150 },
    ] });
    expect(committed).to.deep.equal([null, 10, null, null]);
    expect(publishingSeconds).to.deep.equal([0, 2, null, null]);
    expect(viewSeconds).to.deep.equal([0.04, null, null, null]);
  });
});
