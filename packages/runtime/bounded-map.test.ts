import { expect } from 'chai';
import { createBoundedMap } from './bounded-map.ts';

describe('a bounded map', () => {
  it('holds no more than it may: the key that was set first goes', () => {
    const map = createBoundedMap<string, number>(3);
    for (let n = 0; n < 100; n += 1) {
      map.set(`key-${n}`, n);
      expect(map.size()).to.equal(Math.min(n + 1, 3));
    }
    expect([96, 97, 98, 99].map((n) => map.get(`key-${n}`))).to.deep.equal([undefined, 97, 98, 99]);
  });

  it('takes a new value of a key that it knows, without room for it and without a new place', () => {
    const map = createBoundedMap<string, number>(2);
    map.set('a', 1);
    map.set('b', 2);
    map.set('a', 3);
    expect([map.get('a'), map.get('b'), map.size()]).to.deep.equal([3, 2, 2]);
    map.set('c', 4);
    expect(['a', 'b', 'c'].map((key) => map.get(key)), 'a is still the oldest').to.deep.equal([undefined, 2, 4]);
  });

  it('forgets a key of undefined as any other', () => {
    const map = createBoundedMap<string | undefined, number>(1);
    map.set(undefined, 1);
    map.set('b', 2);
    expect([map.get(undefined), map.get('b'), map.size()]).to.deep.equal([undefined, 2, 1]);
  });

  it('is empty after clear', () => {
    const map = createBoundedMap<string, number>(2);
    map.set('a', 1);
    map.clear();
    expect([map.get('a'), map.size()]).to.deep.equal([undefined, 0]);
  });
});
