import { expect } from 'chai';
import { APPLY_LUA } from '@inventory/domain/availability.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { keyScript, runForKeys } from './scripts.ts';
import { createBench } from '../testing/workbench.ts';
import type { Bench } from '../testing/workbench.ts';

describe('a script of one key, run for many', () => {
  let bench: Bench;
  afterEach(() => bench.close());

  const apply = keyScript(APPLY_LUA);
  const calls = (version: number) => Array.from({ length: 700 }, (_, nth) => ({
    key: `hash:${nth}`,
    // So many fields now and then that not many such keys go together.
    args: Array.from({ length: nth % 50 === 0 ? 90 : 1 }, (__, field) => [`S-${field}`, `${version}:${nth}:0`]).flat(),
  }));
  const expectWritten = async (version: number): Promise<void> => {
    for (const { key, args } of calls(version)) {
      const [field = '', value] = args;
      expect(await bench.redis.hget(key, field)).to.equal(value);
      expect(await bench.redis.hlen(key)).to.equal(args.length / 2);
    }
  };

  it('answers each key in its place, and is far fewer commands', async () => {
    bench = await createBench();
    await bench.redis.hset('hash:3', 'S-0', '7:0:0');
    await bench.redis.config('RESETSTAT');
    const expected = Array.from({ length: 700 }, (_, nth) => (nth === 3 ? -1 : 0));
    expect(await runForKeys(bench.redis, apply, calls(1))).to.deep.equal(expected);
    const ran = Number(/cmdstat_evalsha:calls=(\d+)/.exec(await bench.redis.info('commandstats'))?.[1]);
    expect(ran).to.be.within(28, 70);
    await bench.redis.hset('hash:3', 'S-0', '1:3:0');
    await expectWritten(1);
    expect(await runForKeys(bench.redis, apply, calls(3))).to.deep.equal(Array.from({ length: 700 }, () => 1));
    expect(await runForKeys(bench.redis, apply, [])).to.deep.equal([]);
  });

  it('fails with what one of the keys fails with, and leaves out none of the others', async () => {
    bench = await createBench();
    await bench.redis.set('hash:2', 'no hash');
    const failed = await runForKeys(bench.redis, apply, calls(1).slice(0, 10)).catch((error: unknown) => String(error));
    expect(failed).to.match(/WRONGTYPE/);
    expect(await bench.redis.hget('hash:9', 'S-0')).to.equal('1:9:0');
  });

  it('goes key by key where Redis is a cluster, which wants all keys of a script in one slot', async () => {
    bench = await createBench({ redisArgs: ['--cluster-enabled', 'yes'] });
    await bench.redis.cluster('ADDSLOTSRANGE', 0, 16_383);
    const first = Array.from({ length: 700 }, () => 0);
    await eventually(async () => { expect(await bench.redis.cluster('INFO')).to.include('cluster_state:ok'); });
    expect(await runForKeys(bench.redis, apply, calls(1))).to.deep.equal(first);
    await expectWritten(1);
  });
});
