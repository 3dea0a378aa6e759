import { expect } from 'chai';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { startProxy, type Proxy } from '@inventory/testkit/servers/proxy.ts';
import type { Service } from '@inventory/testkit/servers/service.ts';
import { inContainers, startNats } from '@inventory/testkit/servers/services.ts';
import { connectNats, type NatsLink } from './link.ts';
import { captureLog } from '../testing/log.ts';

describe('nats', function () {
  this.timeout(90_000);
  let service: Service;
  let capture: ReturnType<typeof captureLog>;
  let states: string[];
  let reconnects: number;
  const links: NatsLink[] = [];
  let proxy: Proxy | undefined;

  before(async () => { service = await startNats(); });
  after(() => service.stop());
  beforeEach(() => {
    capture = captureLog();
    states = [];
    reconnects = 0;
  });
  afterEach(async () => {
    await Promise.all(links.splice(0).map((link) => link.close()));
    await proxy?.close();
  });

  function open(url = service.url): NatsLink {
    const link = connectNats({
      url, name: 'test', log: capture.log,
      onState: (state) => { states.push(state); },
      onReconnect: () => { reconnects += 1; },
    });
    links.push(link);
    return link;
  }
  const reaches = (state: string, timeoutMs = 5000) =>
    eventually(() => { expect(states.at(-1)).to.equal(state); }, { timeoutMs, everyMs: 5, what: state });

  it('connects under its name', async () => {
    const connection = await open().connection();
    await connection.flush();
    expect(connection.info?.client_id).to.be.a('number');
    expect(states).to.deep.equal(['connected']);
  });

  it('starts while nats is away, and connects when it comes', async () => {
    await service.kill();
    const link = open();
    await reaches('disconnected');
    expect(link.isConnected()).to.equal(false);
    await service.restart();
    const connection = await link.connection();
    await connection.flush();
    expect(link.isConnected()).to.equal(true);
    // One line for the outage, however many attempts it took, and one for its end. The engine's proxy is there before
    // the server in a container, and a connection that it cuts is another reason, which is told as well.
    const lines = capture.lines().map(({ message }) => message);
    const told = inContainers ? [...new Set(lines)] : lines;
    expect(told).to.deep.equal(['not connected to nats', 'connected to nats']);
  });

  it('tries all servers of its list at the start, and goes back to one that was away then', async () => {
    proxy = await startProxy({ targetPort: service.port });
    proxy.refuse();
    const direct = await startProxy({ targetPort: service.port });
    try {
      const link = open(`nats://127.0.0.1:1,nats://127.0.0.1:${proxy.port},nats://127.0.0.1:${direct.port}`);
      const connection = await link.connection(AbortSignal.timeout(3000));
      expect(connection.getServer()).to.equal(`127.0.0.1:${direct.port}`);
      proxy.heal();
      direct.refuse();
      await eventually(() => { expect(connection.getServer()).to.equal(`127.0.0.1:${proxy?.port}`); }, { timeoutMs: 5000 });
      await reaches('connected');
    } finally {
      await direct.close();
    }
  });

  it('stays where it is when there is no other server to go to', async () => {
    const link = open();
    await link.connection();
    expect(await link.moveOn('a test')).to.equal(undefined);
    expect(states).to.deep.equal(['connected']);
  });

  it('comes back after a restart of the server, keeps its subscriptions, and says that it was away', async () => {
    const link = open();
    const connection = await link.connection();
    const heard: string[] = [];
    connection.subscribe('greetings', { callback: (_error, message) => { heard.push(message.string()); } });
    await connection.flush();
    await service.kill();
    await reaches('disconnected');
    await service.restart();
    await reaches('connected', 3000);
    expect(reconnects).to.equal(1);
    await eventually(() => {
      connection.publish('greetings', 'again');
      expect(heard).to.include('again');
    });
    expect(await link.connection()).to.equal(connection);
  });

  it('presents the password or the token of its URL, and goes on trying when it is refused', async () => {
    for (const [args, right, wrong] of [
      [['--user', 'me', '--pass', 'p@ss'], 'me:p%40ss', 'me:wrong'],
      [['--auth', 's3cret'], 's3cret', 'wr0ng'],
    ] as const) {
      const locked = await startNats({ args, users: false });
      const connection = await open(`nats://${right}@127.0.0.1:${locked.port}`).connection();
      await connection.flush();
      // Not the state alone: the link of the round before says so too, when its server is stopped.
      const said = capture.raw.length;
      const refused = open(`nats://${wrong}@127.0.0.1:${locked.port}`);
      await eventually(() => { expect(capture.raw.slice(said).join('\n')).to.match(/authorization/i); });
      await reaches('disconnected');
      expect(capture.raw.join('\n')).not.to.match(/wrong|wr0ng|p@ss|s3cret/);
      expect(refused.isConnected()).to.equal(false);
      await locked.stop();
    }
  });

  it('does not give up after the ten attempts of the default', async () => {
    proxy = await startProxy({ targetPort: service.port });
    const link = open(`nats://127.0.0.1:${proxy.port}`);
    await link.connection();
    proxy.refuse();
    // Twelve attempts at the least: one every 250 ms or so.
    await new Promise((resolve) => setTimeout(resolve, 5000));
    expect(states).to.deep.equal(['connected', 'disconnected']);
    proxy.heal();
    await reaches('connected', 3000);
  });

  it('notices a server that has fallen silent within ten seconds', async () => {
    const link = open();
    await link.connection();
    await service.freeze();
    const begun = performance.now();
    try {
      await reaches('disconnected', 12_000);
      expect(performance.now() - begun).to.be.lessThan(10_000);
    } finally {
      await service.resume();
    }
    await reaches('connected', 5000);
  });

  it('leaves a server that takes nothing any more, however much is still unsent', async () => {
    proxy = await startProxy({ targetPort: service.port });
    const direct = await startProxy({ targetPort: service.port });
    try {
      const link = open(`nats://127.0.0.1:${proxy.port},nats://127.0.0.1:${direct.port}`);
      const connection = await link.connection();
      proxy.blackhole();
      for (let n = 0; n < 100; n += 1) connection.publish('void', Buffer.alloc(500_000));
      await reaches('disconnected', 12_000);
      await reaches('connected', 8_000);
      expect(connection.getServer()).to.equal(`127.0.0.1:${direct.port}`);
    } finally {
      await direct.close();
    }
  });

  it('does not hold up a start on a frozen server: the attempt ends, and another follows', async () => {
    await service.freeze();
    const link = open();
    await reaches('disconnected', 4000);
    await service.resume();
    await link.connection();
    expect(link.isConnected()).to.equal(true);
  });

  it('lets whoever waits for the connection give up', async () => {
    const link = open('nats://127.0.0.1:1');
    const reason = await link.connection(AbortSignal.timeout(20)).catch((error: unknown) => error);
    expect(reason).to.have.property('name', 'TimeoutError');
    const stopped = AbortSignal.abort(new Error('stop'));
    const aborted = await link.connection(stopped).catch((error: unknown) => String(error));
    expect(aborted).to.equal('Error: stop');
  });

  it('can be closed in every state, twice, at once and without another word', async () => {
    const [up, never] = [open(), open('nats://127.0.0.1:1')];
    await up.connection();
    await eventually(() => { expect(states).to.include('disconnected'); });
    const begun = performance.now();
    const waiting = never.connection().catch((error: unknown) => String(error));
    await Promise.all([up.close(), up.close(), never.close(), never.close()]);
    expect(performance.now() - begun).to.be.lessThan(500);
    expect(await waiting).to.contain('was closed');
    const before = states.length;
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(states).to.have.length(before);
    expect([up.isConnected(), never.isConnected()]).to.deep.equal([false, false]);
  });

  it('can be closed in the middle of an attempt, at once, and says nothing of its end', async () => {
    await service.freeze();
    try {
      const link = open();
      const waiting = link.connection().catch((error: unknown) => String(error));
      await new Promise((resolve) => setTimeout(resolve, 100));
      const begun = performance.now();
      await link.close();
      expect(await waiting).to.contain('was closed');
      expect(performance.now() - begun).to.be.lessThan(500);
      await new Promise((resolve) => setTimeout(resolve, 2500));
      expect(states).to.deep.equal([]);
      expect(capture.raw).to.deep.equal([]);
    } finally {
      await service.resume();
    }
  });

  it('can be closed while the server is frozen', async () => {
    const link = open();
    await link.connection();
    await service.freeze();
    const begun = performance.now();
    await link.close();
    await service.resume();
    expect(performance.now() - begun).to.be.lessThan(500);
  });
});
