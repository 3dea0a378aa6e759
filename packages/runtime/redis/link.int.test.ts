import { expect } from 'chai';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { startProxy, type Proxy } from '@inventory/testkit/servers/proxy.ts';
import type { Service } from '@inventory/testkit/servers/service.ts';
import { startRedis } from '@inventory/testkit/servers/services.ts';
import { closeRedis, createRedis, type Redis } from './link.ts';
import { captureLog } from '../testing/log.ts';

/** What a command ended with, and after how long. */
async function timed(command: Promise<unknown>): Promise<{ outcome: unknown; ms: number }> {
  const begun = performance.now();
  const outcome = await command.catch((error: unknown) => `rejected: ${String(error)}`);
  return { outcome, ms: performance.now() - begun };
}

describe('redis', function () {
  this.timeout(90_000);
  let service: Service;
  let proxy: Proxy;
  let redis: Redis;
  let capture: ReturnType<typeof captureLog>;
  let states: string[];

  before(async () => { service = await startRedis(); });
  after(() => service.stop());
  beforeEach(async () => {
    proxy = await startProxy({ targetPort: service.port });
    capture = captureLog();
    states = [];
    redis = createRedis({
      url: `redis://127.0.0.1:${proxy.port}`, name: 'test', log: capture.log, corked: true,
      onState: (state) => { states.push(state); },
    });
  });
  afterEach(async () => {
    await closeRedis(redis);
    await proxy.close();
  });
  const reaches = (state: string) =>
    eventually(() => { expect(states.at(-1)).to.equal(state); }, { timeoutMs: 3000, everyMs: 2, what: state });
  const connected = () => reaches('connected');
  const messages = () => capture.lines().map(({ message }) => String(message));

  it('speaks RESP2 under its name', async () => {
    await connected();
    expect(await redis.call('CLIENT', 'GETNAME')).to.equal('test');
    // Under RESP3 this would be a map.
    expect(await redis.call('CONFIG', 'GET', 'maxmemory')).to.deep.equal(['maxmemory', '0']);
    expect(String(await redis.call('CLIENT', 'INFO'))).to.contain('resp=2');
  });

  it('gives up on a server that does not answer within a quarter of a second', async () => {
    await connected();
    await service.freeze();
    const { outcome, ms } = await timed(redis.get('a'));
    await service.resume();
    expect(outcome).to.contain('Command timed out');
    expect(ms).to.be.within(150, 350);
  });

  it('rejects at once while redis is away, and works again within two seconds of its return', async () => {
    await connected();
    await service.kill();
    await eventually(() => { expect(states.at(-1)).to.equal('disconnected'); });
    const { outcome, ms } = await timed(redis.get('a'));
    expect(outcome).to.contain('rejected');
    expect(ms).to.be.lessThan(50);
    await service.restart();
    await eventually(() => redis.get('a'), { timeoutMs: 2000, everyMs: 10, what: 'redis to answer again' });
    expect(states).to.deep.equal(['connected', 'disconnected', 'connected']);
  });

  it('starts while redis is away', async () => {
    await service.kill();
    const other = createRedis({
      url: service.url, name: 'early', log: capture.log, onState: (state) => { states.push(`early ${state}`); },
    });
    await eventually(() => { expect(states).to.include('early disconnected'); });
    await service.restart();
    await eventually(() => { expect(states).to.include('early connected'); }, { timeoutMs: 2000 });
    expect(await other.get('a')).to.equal(null);
    await closeRedis(other);
  });

  it('does not do later what was asked of it while it was away', async () => {
    await connected();
    proxy.cut();
    await reaches('disconnected');
    expect((await timed(redis.incr('late'))).outcome).to.contain('rejected');
    await connected();
    expect(await redis.get('late')).to.equal(null);
  });

  it('settles what was on its way when the connection breaks, and never sends it again', async () => {
    await connected();
    await redis.set('count', '0');
    proxy.dropReplies();
    const { outcome, ms } = await timed(redis.incr('count'));
    expect(outcome).to.contain('rejected');
    expect(ms).to.be.lessThan(350);
    proxy.heal();
    await eventually(async () => { expect(await redis.get('count')).to.equal('1'); }, { timeoutMs: 3000 });
  });

  it('settles a whole pipeline when the connection is cut in its middle', async () => {
    await connected();
    proxy.blackhole();
    const commands = Array.from({ length: 50 }, (_, i) => timed(redis.set(`k${i}`, 'v')));
    const pipeline = redis.pipeline().set('p1', '1').set('p2', '2').exec();
    const piped = timed(pipeline);
    proxy.cut();
    const results = await Promise.all([...commands, piped]);
    for (const { ms } of results) expect(ms).to.be.lessThan(400);
    proxy.heal();
  });

  it('leaves a half-open connection for a new one within three seconds', async () => {
    await connected();
    const silent = (await redis.call('CLIENT', 'ID'));
    proxy.blackhole();
    // Only this connection stays dead; a new one finds a way, as after a failover.
    await timed(redis.get('a'));
    await reaches('disconnected');
    proxy.heal();
    await connected();
    expect(await redis.call('CLIENT', 'ID')).not.to.equal(silent);
  });

  it('logs a long outage once, not at every attempt', async () => {
    await connected();
    proxy.refuse();
    await eventually(() => { expect(states).to.deep.equal(['connected', 'disconnected']); });
    // Time for several attempts.
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(messages().filter((message) => message === 'not connected to redis')).to.have.length(1);
    proxy.heal();
    await connected();
    expect(messages().filter((message) => message === 'connected to redis')).to.have.length(2);
  });

  it('does not hold up a stop when redis is frozen or away', async () => {
    await connected();
    await service.freeze();
    const frozen = await timed(closeRedis(redis));
    await service.resume();
    expect(frozen.ms).to.be.lessThan(400);
    const away = createRedis({ url: 'redis://127.0.0.1:1', name: 'away', log: capture.log });
    expect((await timed(closeRedis(away))).ms).to.be.lessThan(50);
  });

  it('says why when its password is refused, goes on trying, and never logs a password', async () => {
    const locked = await startRedis();
    const admin = createRedis({ url: locked.url, name: 'admin', log: capture.log });
    await eventually(() => admin.config('SET', 'requirepass', 'right'));
    await closeRedis(admin);
    const seen: string[] = [];
    const open = (password: string) => createRedis({
      url: `redis://:${password}@127.0.0.1:${locked.port}`, name: password, log: capture.log,
      onState: (state, detail) => { seen.push(`${password} ${state} ${detail}`); },
    });
    const clients = [open('wrong'), open('right')];
    await eventually(() => { expect(seen).to.have.length(2); });
    expect(seen.find((text) => text.startsWith('wrong'))).to.contain('disconnected').and.to.contain('WRONGPASS');
    expect(seen).to.include('right connected connected');
    await Promise.all(clients.map(closeRedis));
    await locked.stop();
    expect(capture.raw.join('\n')).not.to.match(/:wrong@|:right@/);
  });
});
