import { expect } from 'chai';
import { startRedis } from '@inventory/testkit/servers/services.ts';
import type { Service } from '@inventory/testkit/servers/service.ts';
import { closeRedis, createRedis } from './link.ts';
import type { Redis } from './link.ts';
import { keyScript, runForKeys, runScript, runScripts } from './scripts.ts';
import { captureLog } from '../testing/log.ts';

/** Writes fields that are greater than what is there. Answers what the last one was before, -1 where it was as great. */
const raise = keyScript(`
local before = -1
for i = 1, #ARGV, 2 do
  local old = tonumber(redis.call('HGET', KEYS[1], ARGV[i]) or '') or 0
  before = -1
  if old < tonumber(ARGV[i + 1]) then
    redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
    before = old
  end
end
return before
`);

describe('a script', () => {
  let server: Service;
  let redis: Redis;
  const start = async (args: readonly string[] = []): Promise<void> => {
    server = await startRedis({ args });
    redis = createRedis({ url: server.url, name: 'test', log: captureLog().log, commandTimeoutMs: 5000 });
    await new Promise((resolve) => { redis.once('ready', resolve); });
  };
  afterEach(async () => {
    await closeRedis(redis);
    await server.stop();
  });

  const callsOf = async (command: string): Promise<number> =>
    Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(await redis.info('commandstats'))?.[1] ?? 0);
  const calls = (value: number) => Array.from({ length: 700 }, (_, nth) => ({
    key: `hash:${nth}`,
    // Now and then so many fields that not many such keys go together.
    args: Array.from({ length: nth % 50 === 0 ? 90 : 1 }, (__, field) => [`f-${field}`, value]).flat(),
  }));
  const expectWritten = async (value: number): Promise<void> => {
    for (const { key, args } of calls(value)) {
      expect(await redis.hget(key, String(args[0]))).to.equal(String(value));
      expect(await redis.hlen(key)).to.equal(args.length / 2);
    }
  };

  it('goes by its hash; its text goes once to a server that does not know it', async () => {
    await start();
    const call = (value: number) => runScript(redis, raise.one, { keys: ['a'], args: ['f', value] });
    expect([await call(1), await call(2), await call(2)]).to.deep.equal([0, 1, -1]);
    expect([await callsOf('eval'), await callsOf('evalsha')]).to.deep.equal([1, 3]);
    await redis.script('FLUSH', 'SYNC');
    expect(await call(3), 'after the server has forgotten it').to.equal(2);
    const failed = await runScript(redis, raise.one, { keys: ['a'], args: ['f', 'x'] }).catch((error: unknown) => String(error));
    expect(failed).to.match(/compare/);
  });

  it('of many calls is pipelined, and told to a server that does not know it', async () => {
    await start();
    const many = calls(1).map(({ key, args }) => ({ keys: [key], args }));
    expect(new Set(await runScripts(redis, raise.one, many))).to.deep.equal(new Set([0]));
    await expectWritten(1);
    await redis.script('FLUSH', 'SYNC');
    expect(new Set(await runScripts(redis, raise.one, many))).to.deep.equal(new Set([-1]));
  });

  it('for many keys answers each in its place, and is far fewer commands', async () => {
    await start();
    await redis.hset('hash:3', 'f-0', 7);
    await redis.config('RESETSTAT');
    const expected = Array.from({ length: 700 }, (_, nth) => (nth === 3 ? -1 : 0));
    expect(await runForKeys(redis, raise, calls(1))).to.deep.equal(expected);
    expect(await callsOf('evalsha')).to.be.within(28, 70);
    await redis.hset('hash:3', 'f-0', 1);
    await expectWritten(1);
    expect(await runForKeys(redis, raise, calls(3))).to.deep.equal(Array.from({ length: 700 }, () => 1));
    expect(await runForKeys(redis, raise, [])).to.deep.equal([]);
  });

  it('for many keys fails with what one of them fails with, and leaves out none of the others', async () => {
    await start();
    await redis.set('hash:2', 'no hash');
    const failed = await runForKeys(redis, raise, calls(1).slice(0, 10)).catch((error: unknown) => String(error));
    expect(failed).to.match(/WRONGTYPE/);
    expect(await redis.hget('hash:9', 'f-0')).to.equal('1');
  });
});
