import { expect } from 'chai';
import { narrowed } from './clock.ts';

describe('the server\'s time, by its answers', () => {
  it('lies where all bounds overlap, so that it becomes exact to less than a second', () => {
    const first = narrowed(undefined, { least: 1000, most: 2010 });
    expect(first).to.deep.equal({ least: 1000, most: 2010 });
    const second = narrowed(first, { least: 1700, most: 2700 });
    expect(second).to.deep.equal({ least: 1700, most: 2010 });
    expect(narrowed(second, { least: 950, most: 1760 })).to.deep.equal({ least: 1700, most: 1760 });
  });

  it('begins anew when a clock was set', () => {
    expect(narrowed({ least: 1700, most: 1760 }, { least: 3_600_900, most: 3_601_900 })).to.deep.equal({ least: 3_600_900, most: 3_601_900 });
  });
});
