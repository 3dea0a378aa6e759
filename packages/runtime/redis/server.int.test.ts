import { connect } from 'node:net';
import { expect } from 'chai';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { startProxy } from '@inventory/testkit/servers/proxy.ts';
import type { Proxy } from '@inventory/testkit/servers/proxy.ts';
import type { Service } from '@inventory/testkit/servers/service.ts';
import { inContainers, startRedis } from '@inventory/testkit/servers/services.ts';
import { startSentinel } from '@inventory/testkit/servers/odd.ts';
import { Unreachable, withRedis } from '../cli/connections.ts';
import { captureLog } from '../testing/log.ts';
import { closeRedis, createRedis } from './link.ts';
import type { Redis } from './link.ts';
import { runScript, script } from './scripts.ts';

describe('a Redis that is not the one to write to', function () {
  this.timeout(90_000);
  const servers: Service[] = [];
  const links: Redis[] = [];
  let proxy: Proxy | undefined;
  let states: string[];
  let capture: ReturnType<typeof captureLog>;
  beforeEach(() => {
    states = [];
    capture = captureLog();
  });
  afterEach(async () => {
    await Promise.all(links.splice(0).map(closeRedis));
    await proxy?.close();
    proxy = undefined;
    await Promise.all(servers.splice(0).map((server) => server.stop()));
  });

  async function start(args: readonly string[] = []): Promise<Service> {
    const server = await startRedis({ args });
    servers.push(server);
    return server;
  }
  function open(url: string): Redis {
    const redis = createRedis({ url, name: 'test', log: capture.log, onState: (state, detail) => { states.push(`${state}: ${detail}`); } });
    links.push(redis);
    return redis;
  }
  const becomes = (state: RegExp, timeoutMs = 5_000) =>
    eventually(() => { expect(states.at(-1)).to.match(state); }, { timeoutMs, everyMs: 10 });
  const warnings = () => capture.lines().filter(({ message }) => message === 'not connected to redis').length;

  it('is left when it was demoted and kept its connections: the first write that it refuses ends them', async () => {
    const [first, second] = [await start(), await start()];
    proxy = await startProxy({ targetPort: first.port });
    const redis = open(`redis://127.0.0.1:${proxy.port}`);
    const admin = open(first.url);
    await becomes(/^connected/);
    for (const write of [() => redis.set('a', '1'), () => runScript(redis, script("return redis.call('SET', KEYS[1], '1')"), { keys: ['a'], args: [] }),
      () => redis.pipeline().set('a', '1').exec()]) {
      await admin.replicaof('NO', 'ONE');
      proxy.retarget(first.port);
      proxy.cut();
      await eventually(async () => { expect(await redis.set('before', '1')).to.equal('OK'); });
      await admin.replicaof('127.0.0.1', second.port);
      proxy.retarget(second.port);
      await eventually(async () => {
        expect(String(await write().catch((error: unknown) => error))).to.match(/^OK$|^,OK$/);
      }, { timeoutMs: 3_000, everyMs: 50 });
      const other = open(second.url);
      await eventually(async () => { expect(await other.get('a')).to.equal('1'); });
      await other.del('a');
    }
    expect(capture.raw.join('\n')).to.match(/READONLY/);
  });

  it('is refused as a replica, said once, and taken as soon as it is promoted', async () => {
    const [master, replica] = [await start(), await start()];
    const admin = open(replica.url);
    await eventually(() => admin.ping());
    await admin.replicaof('127.0.0.1', master.port);
    await closeRedis(admin);
    states = [];
    const redis = open(replica.url);
    await becomes(/^disconnected: this Redis is a replica/);
    const before = warnings();
    await eventually(async () => { expect(await redis.get('a').catch(() => 'refused')).to.equal('refused'); });
    await new Promise((resolve) => { setTimeout(resolve, 2_500); });
    expect(warnings(), 'it is told once, however often it is asked').to.equal(before);
    // No connection of ours gets so far.
    connect(replica.port, '127.0.0.1').end('REPLICAOF NO ONE\r\n');
    await becomes(/^connected/);
    expect(await redis.set('a', '1')).to.equal('OK');
  });

  it('is refused as a cluster in one sentence, by commands as well', async () => {
    const server = await start(['--cluster-enabled', 'yes']);
    open(server.url);
    await becomes(/^disconnected: this is a Redis Cluster, which is not supported: the URL must lead to a single master/);
    const refused = await withRedis({ url: server.url, name: 'command', commandTimeoutMs: 200 }, () => Promise.resolve('worked'))
      .catch((error: unknown) => error);
    expect(refused).to.be.instanceOf(Unreachable);
    expect(String(refused)).to.match(/this is a Redis Cluster/);
  });

  const itWithFiles = inContainers ? it.skip : it;
  itWithFiles(`is refused as a Sentinel in one sentence${inContainers ? ' (skipped: a container starts no Sentinel)' : ''}`, async () => {
    const sentinel = await startSentinel();
    try {
      open(sentinel.url);
      await becomes(/^disconnected: this is a Sentinel and no Redis: the URL must lead to the master itself/);
    } finally {
      await sentinel.stop();
    }
  });

  it('that grants too little says which right is missing, and is taken once it is granted', async () => {
    const server = await start();
    const admin = open(server.url);
    await becomes(/^connected/);
    await admin.call('ACL', 'SETUSER', 'app', 'on', '>secret', '~*', '+@all', '-info');
    states = [];
    const redis = open(Object.assign(new URL(server.url), { username: 'app', password: 'secret' }).href);
    await becomes(/^disconnected: this user may not ask what the server is: it needs the right \+info \(NOPERM .*'info'/);
    await admin.call('ACL', 'SETUSER', 'app', '+info', '-hgetall');
    await becomes(/^connected/);
    expect(String(await redis.hgetall('a').catch((error: unknown) => error))).to.match(/NOPERM/);
    await becomes(/^disconnected: NOPERM .*'hgetall'/);
    expect(await redis.get('a'), 'others are answered').to.equal(null);
    const told = states.length;
    await redis.hgetall('a').catch(() => undefined);
    expect(states).to.have.length(told);
    await admin.call('ACL', 'SETUSER', 'app', '+hgetall');
    await becomes(/^connected/, 15_000);
    expect(await redis.hgetall('a')).to.deep.equal({});
  });
});
