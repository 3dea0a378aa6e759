// @ts-check
import { expect } from 'chai';
import { RUNG_NAMES, advice, decide } from './ladder.mjs';

/** @type {import('./ladder.mjs').Facts} a machine that offers nothing */
const bare = {
  urls: {}, skip: new Set(), machine: {}, unpacked: {}, apt: false, root: false, embedded: undefined, docker: undefined,
};
const binary = { path: '/usr/bin/server', version: '1.2.3' };

describe('the ladder', () => {
  it('takes the first rung that fits, from the top', () => {
    const all = {
      ...bare, urls: { postgres: 'postgres://db/x' }, machine: { postgres: binary }, unpacked: { postgres: binary },
      apt: true, embedded: 'p@1', docker: '27',
    };
    const skip = new Set();
    const order = RUNG_NAMES.map((name) => {
      const { rung } = decide('postgres', { ...all, skip });
      skip.add(name);
      return rung;
    });
    expect(order).to.deep.equal(['url', 'machine', 'unpacked', 'apt', 'npm', 'docker']);
    expect(decide('postgres', { ...all, skip }).rung).to.equal(undefined);
  });

  it('decides for each server by itself', () => {
    const facts = { ...bare, urls: { nats: 'nats://n' }, machine: { redis: binary } };
    expect(decide('nats', facts).rung).to.equal('url');
    expect(decide('redis', facts).rung).to.equal('machine');
    expect(decide('postgres', facts).rung).to.equal(undefined);
  });

  it('says for every rung above the chosen one why it does not fit', () => {
    const facts = { ...bare, skip: new Set(['machine']), machine: { redis: binary }, apt: true };
    const { verdicts } = decide('redis', facts);
    expect(verdicts.map(({ rung, fits }) => [rung, fits])).to.deep.equal([
      ['url', false], ['machine', false], ['unpacked', false], ['apt', true],
    ]);
    expect(verdicts[0]?.why).to.contain('REDIS_URL is not set');
    expect(verdicts[1]?.why).to.contain('INVENTORY_LADDER_SKIP');
  });

  it('installs with root and unpacks without', () => {
    const why = (/** @type {boolean} */ root) => decide('nats', { ...bare, apt: true, root }).verdicts.at(-1)?.why;
    expect(why(true)).to.contain('install');
    expect(why(false)).to.contain('unpack');
  });

  it('goes on below a rung that was tried in vain, and repeats the reason', () => {
    const failed = new Map([['postgres/apt', 'no network']]);
    const { rung, verdicts } = decide('postgres', { ...bare, apt: true, embedded: 'p@1' }, failed);
    expect(rung).to.equal('npm');
    expect(verdicts.find((verdict) => verdict.rung === 'apt')?.why).to.equal('tried: no network');
  });

  it('has a way out for every server on every system', () => {
    for (const server of /** @type {const} */ (['postgres', 'redis', 'nats'])) {
      for (const platform of /** @type {const} */ (['linux', 'darwin', 'win32'])) {
        expect(advice(server, platform)).to.match(/_URL/);
      }
    }
  });
});
