import { mock } from 'node:test';
import { expect } from 'chai';
import { createTokenCache } from './token-cache.ts';

describe('the cache of verified tokens', () => {
  afterEach(() => { mock.timers.reset(); });

  it('knows a token until it expires, and no other', () => {
    mock.timers.enable({ apis: ['Date'], now: 1000 });
    const cache = createTokenCache<string>(10);
    cache.set('a', 'Ada', 2000);
    expect([cache.get('a'), cache.get('b')]).to.deep.equal(['Ada', undefined]);
    mock.timers.tick(999);
    expect(cache.get('a')).to.equal('Ada');
    mock.timers.tick(1);
    expect(cache.get('a')).to.equal(undefined);
  });

  it('keeps no more than its bound: the oldest one goes', () => {
    const cache = createTokenCache<number>(3);
    for (let n = 0; n < 100; n += 1) cache.set(`token-${n}`, n, Infinity);
    expect(cache.size()).to.equal(3);
    expect([96, 97, 98, 99].map((n) => cache.get(`token-${n}`))).to.deep.equal([undefined, 97, 98, 99]);
    cache.set('token-98', 0, Infinity);
    expect([cache.get('token-97'), cache.get('token-98')], 'known already, it needs no room').to.deep.equal([97, 0]);
  });

  it('forgets all of them when it is cleared', () => {
    const cache = createTokenCache<number>(3);
    cache.set('a', 1, Infinity);
    cache.clear();
    expect([cache.size(), cache.get('a')]).to.deep.equal([0, undefined]);
  });
});
