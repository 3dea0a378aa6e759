import { expect } from 'chai';
import { loadTogether } from './load-together.ts';

const itself = (id: string): string => id;

describe('reads of one turn', () => {
  it('are made together, each id once, and those of the next turn by themselves', async () => {
    const asked: unknown[] = [];
    const read = loadTogether((ids: readonly string[], readers) => {
      asked.push([...ids, readers]);
      return Promise.resolve(ids.map((id) => `answer of ${id}`));
    }, itself);
    const answers = await Promise.all([read('a'), Promise.resolve().then(() => read('b')), read('a')]);
    expect(answers).to.deep.equal(['answer of a', 'answer of b', 'answer of a']);
    expect(await read('a')).to.equal('answer of a');
    expect(asked).to.deep.equal([['a', 'b', 3], ['a', 1]]);
  });

  it('fail together, and no later one', async () => {
    let fails = true;
    const read = loadTogether((ids: readonly string[]) => (fails ? Promise.reject(new Error('away')) : Promise.resolve(ids)), itself);
    const ends = await Promise.allSettled([read('a'), read('b')]);
    expect(ends.map(({ status }) => status)).to.deep.equal(['rejected', 'rejected']);
    fails = false;
    expect(await read('a')).to.equal('a');
  });

  it('are at most 256 in a group', async () => {
    const sizes: number[] = [];
    const read = loadTogether((ids: readonly string[]) => {
      sizes.push(ids.length);
      return Promise.resolve(ids);
    }, itself);
    await Promise.all(Array.from({ length: 300 }, (_, nth) => read(String(nth))));
    expect(sizes).to.deep.equal([256, 44]);
  });
});
