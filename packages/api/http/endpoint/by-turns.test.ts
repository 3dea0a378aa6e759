import { setTimeout as delay } from 'node:timers/promises';
import { PolicyError } from '@inventory/runtime/policies.ts';
import { expect } from 'chai';
import { byTurns } from './by-turns.ts';

const RULES = { name: 'test', together: 4, atOnce: 1, share: 4, ofCaller: 12, ofAll: 20 } as const;

describe('work by turns', () => {
  /** Reads that end when the test says so. */
  function readings() {
    const groups: (readonly string[])[] = [];
    let end = Promise.withResolvers<void>();
    const read = byTurns<string, string>(RULES, async (ids) => {
      groups.push(ids);
      await end.promise;
      return ids.map((id) => `of ${id}`);
    });
    const finish = async (): Promise<void> => {
      const now = end;
      end = Promise.withResolvers();
      now.resolve();
      await delay(5);
    };
    return { groups, read, finish };
  }
  const kindOf = (reading: Promise<string>) => reading.catch((error: unknown) =>
    (error instanceof PolicyError ? error.kind : String(error)));

  it('are one group in one turn of the event loop, each id with its own answer', async () => {
    const { groups, read, finish } = readings();
    const answers = Promise.all(['a', 'b', 'c'].map((id) => read(id, 'one')));
    await delay(1);
    expect(groups).to.deep.equal([['a', 'b', 'c']]);
    await finish();
    expect(await answers).to.deep.equal(['of a', 'of b', 'of c']);
  });

  it('let nobody wait for more than a group of another who asks for much', async () => {
    const { groups, read, finish } = readings();
    const many = Array.from({ length: 12 }, (_, nth) => read(`m${nth}`, 'many'));
    await delay(1);
    const few = [read('f0', 'few'), read('f1', 'few'), read('x0', 'other')];
    for (let n = 0; n < 4; n += 1) await finish();
    await Promise.all([...many, ...few]);
    expect(groups).to.deep.equal([
      ['m0', 'm1', 'm2', 'm3'], ['m4', 'f0', 'x0', 'm5'], ['f1', 'm6', 'm7', 'm8'], ['m9', 'm10', 'm11'],
    ]);
  });

  it('leave places to others, also while nobody else asks', async () => {
    const begun: string[] = [];
    const over = Promise.withResolvers<void>();
    const work = byTurns<string, string>({ ...RULES, together: 1, atOnce: 3, share: 2 }, async (items) => {
      begun.push(...items);
      await over.promise;
      return items;
    });
    const all = ['m0', 'm1', 'm2', 'm3'].map((item) => work(item, 'many'));
    await delay(5);
    expect(begun).to.deep.equal(['m0', 'm1']);
    all.push(work('f0', 'few'));
    await delay(5);
    expect(begun).to.deep.equal(['m0', 'm1', 'f0']);
    over.resolve();
    expect(await Promise.all(all)).to.deep.equal(['m0', 'm1', 'm2', 'm3', 'f0']);
  });

  it('are bounded for each caller and in all, and what ends makes room', async () => {
    const { read, finish } = readings();
    const many = Array.from({ length: 12 }, (_, nth) => read(`m${nth}`, 'many'));
    expect(await kindOf(read('m12', 'many'))).to.equal('bulkhead');
    const others = Array.from({ length: 8 }, (_, nth) => read(`o${nth}`, `other ${nth}`));
    expect(await kindOf(read('one more', 'nobody'))).to.equal('bulkhead');
    for (let n = 0; n < 6; n += 1) await finish();
    await Promise.all([...many, ...others]);
    const again = read('m13', 'many');
    await finish();
    await finish();
    expect(await again).to.equal('of m13');
  });

  it('that fail fail all of their group, and no other', async () => {
    let failures = 1;
    const read = byTurns<string, string>(RULES, (ids) => {
      failures -= 1;
      return failures === 0 ? Promise.reject(new Error('away')) : Promise.resolve(ids);
    });
    const all = ['a', 'b', 'c', 'd', 'e'].map((id) => kindOf(read(id, 'one')));
    expect(await Promise.all(all)).to.deep.equal(['Error: away', 'Error: away', 'Error: away', 'Error: away', 'e']);
  });
});
