/** Who may do what on NATS and Redis: each user of a deployment tries it on a real server with the files of deploy/. */
import { expect } from 'chai';
import { Redis } from 'ioredis';
import { AckPolicy, DeliverPolicy, connect } from 'nats';
import type { JetStreamManager, NatsConnection } from 'nats';
import { TESTER, testPassword } from '../../../scripts/lib/servers/test-users.mjs';
import { asUser } from '../processes/logins.ts';
import { eventually } from '../waiting/eventually.ts';
import type { Service } from './service.ts';
import { startNats, startRedis } from './services.ts';

const SUBJECTS = ['stock.updated.MAD-001', 'reservation.created.MAD-001', 'product.created.GLOBAL', 'store.created.MAD-001',
  'customer.erased.GLOBAL'];

/** Requests of JetStream, by what they would do to a stream or a consumer of it. */
const REQUESTS = {
  STREAM: ['CREATE', 'UPDATE', 'DELETE', 'PURGE', 'MSG.GET', 'MSG.DELETE', 'SNAPSHOT', 'RESTORE', 'LEADER.STEPDOWN', 'PEER.REMOVE', 'INFO'],
  CONSUMER: ['CREATE', 'DURABLE.CREATE', 'INFO', 'MSG.NEXT', 'DELETE', 'LEADER.STEPDOWN'],
} as const;

describe('the users of NATS', function () {
  this.timeout(60_000);
  let server: Service;
  let jsm: JetStreamManager;
  const connections: NatsConnection[] = [];

  const connectAs = async (user: 'relay' | 'projector' | 'analytics' | typeof TESTER): Promise<NatsConnection> => {
    const url = new URL(user === TESTER ? server.url : asUser(server.url, 'relay'));
    const connection = await connect({ servers: url.host, user, pass: testPassword(user), reconnect: false });
    connections.push(connection);
    return connection;
  };
  const messages = async (): Promise<number> => (await jsm.streams.info('INVENTORY')).state.messages;

  before(async () => { server = await startNats(); });
  beforeEach(async () => {
    const tester = await connectAs(TESTER);
    jsm = await tester.jetstreamManager();
    await jsm.streams.add({ name: 'INVENTORY', subjects: ['stock.>', 'reservation.>', 'product.>', 'store.>', 'customer.>'] });
    await jsm.streams.add({ name: 'REPLAY_1', subjects: ['replay.1.>'] });
    for (const subject of [...SUBJECTS, 'replay.1.stock.updated.MAD-001']) await tester.jetstream().publish(subject, subject);
    for (const durable_name of ['projector', 'other', 'analytics']) {
      await jsm.consumers.add('INVENTORY', { durable_name, ack_policy: AckPolicy.Explicit });
    }
  });
  afterEach(async () => {
    // The relay may have deleted one itself.
    for (const name of await jsm.streams.names().next()) await jsm.streams.delete(name);
    await Promise.all(connections.splice(0).map((connection) => connection.close()));
  });
  after(() => server.stop());

  /** Whether a request comes to anybody at all. A user may not send it, or in his account nobody hears it. */
  async function isHeard(connection: NatsConnection, subject: string): Promise<boolean> {
    try {
      await connection.request(subject, '', { timeout: 500 });
      return true;
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (code === 'PERMISSIONS_VIOLATION' || code === '503') return false;
      if (code === 'TIMEOUT') return true;
      throw error;
    }
  }

  async function heard(user: 'relay' | 'projector' | 'analytics'): Promise<readonly string[]> {
    const connection = await connectAs(user);
    const all = [
      ...REQUESTS.STREAM.map((request) => `STREAM.${request}.INVENTORY`),
      ...['projector', 'analytics', 'other'].flatMap((name) => REQUESTS.CONSUMER.map((request) => `CONSUMER.${request}.INVENTORY.${name}`)),
    ];
    const found: string[] = [];
    for (const subject of [...SUBJECTS, ...all.map((request) => `$JS.API.${request}`)]) {
      if (await isHeard(connection, subject)) found.push(subject.replace('$JS.API.', '').replace('.INVENTORY', ''));
    }
    return found;
  }

  it('let only the relay publish events and change the stream, and nobody purge it or delete a message', async () => {
    const { length } = SUBJECTS;
    const relay = await heard('relay');
    expect(relay.slice(0, length)).to.deep.equal(SUBJECTS);
    expect(relay.filter((request) => request.startsWith('STREAM')))
      .to.deep.equal(['STREAM.CREATE', 'STREAM.UPDATE', 'STREAM.DELETE', 'STREAM.MSG.GET', 'STREAM.INFO']);
  });

  for (const user of ['projector', 'analytics'] as const) {
    it(`let ${user} read the stream by the one durable of its name, and nothing else`, async () => {
      const before = await messages();
      expect(await heard(user)).to.deep.equal([
        'STREAM.INFO', `CONSUMER.CREATE.${user}`, `CONSUMER.DURABLE.CREATE.${user}`, `CONSUMER.INFO.${user}`, `CONSUMER.MSG.NEXT.${user}`,
        ...(user === 'analytics' ? [`CONSUMER.DELETE.${user}`] : []),
      ]);
      expect(await messages()).to.equal(before);
    });
  }

  it('let a team neither have its answers published as events, nor have a stream delivered to our subjects', async () => {
    const before = await messages();
    const team = await connectAs('analytics');
    const [subject = ''] = SUBJECTS;
    for (const request of ['$JS.API.INFO', '$JS.API.STREAM.INFO.INVENTORY', '$JS.API.CONSUMER.MSG.NEXT.INVENTORY.analytics']) {
      team.publish(request, '', { reply: subject });
    }
    await team.flush();
    // There is interest in the subject, without which nothing would be delivered at all.
    (await connectAs(TESTER)).subscribe(subject);
    const manager = await team.jetstreamManager();
    await manager.consumers.delete('INVENTORY', 'analytics');
    const push = { durable_name: 'analytics', ack_policy: AckPolicy.None, deliver_policy: DeliverPolicy.All, deliver_subject: subject };
    for (const stream of ['INVENTORY', 'REPLAY_1']) {
      const refused = await manager.consumers.add(stream, push).then(() => undefined, (error: unknown) => error);
      expect(String(refused), stream).to.match(/cycle|503/);
    }
    // Whatever was to come has come before the answer to this.
    await team.request('$JS.API.STREAM.INFO.INVENTORY', '');
    expect(await messages()).to.equal(before);
  });

  it('let a team read what it came for: live, by its durable, and a replay that was made for it', async () => {
    const team = await connectAs('analytics');
    const live: string[] = [];
    team.subscribe('stock.*.MAD-001', { callback: (_error, message) => { live.push(message.subject); } });
    await team.flush();
    await (await connectAs('relay')).jetstream().publish('stock.updated.MAD-001', '');
    await eventually(() => { expect(live).to.deep.equal(['stock.updated.MAD-001']); });
    const relay = await connectAs('relay');
    await (await relay.jetstreamManager({ checkAPI: false })).consumers.add('REPLAY_1', { durable_name: 'analytics', ack_policy: AckPolicy.Explicit });
    for (const [stream, count] of [['INVENTORY', 6], ['REPLAY_1', 1]] as const) {
      const consumer = await team.jetstream().consumers.get(stream, 'analytics');
      const read: string[] = [];
      for await (const message of await consumer.fetch({ max_messages: count, expires: 2000 })) {
        read.push(message.subject);
        message.ack();
      }
      expect(read, stream).to.have.length(count);
      await eventually(async () => { expect((await consumer.info()).num_ack_pending).to.equal(0); });
    }
  });
});

describe('the users of Redis', function () {
  this.timeout(30_000);
  let server: Service;
  const clients: Redis[] = [];
  const VIEW = 'v2:1.1:product:availability:{0198c2f2-6b0a-7cc3-9d5b-0d1f7c3a8e11}';

  const connectAs = (user?: 'api' | 'projector'): Redis => {
    const client = new Redis(user === undefined ? server.url : asUser(server.url, user), { retryStrategy: () => null });
    client.on('error', () => undefined);
    clients.push(client);
    return client;
  };
  const answer = (client: Redis, command: string, ...args: readonly string[]): Promise<string> =>
    client.call(command, ...args).then(() => 'done', String);

  before(async () => { server = await startRedis(); });
  afterEach(() => { for (const client of clients.splice(0)) client.disconnect(); });
  after(() => server.stop());

  for (const [user, seal] of [['api', 'refused'], ['projector', 'done']] as const) {
    it(`let ${user} do its work, and not what would take the view from everybody`, async () => {
      const client = connectAs(user);
      expect(await answer(client, 'HSET', VIEW, 'MAD-001', '1:2:3')).to.equal('done');
      expect(await answer(client, 'EVAL', `return redis.call('TIME')`, '0')).to.equal('done');
      const sealed = await answer(client, 'SET', 'v2:watermark', '1');
      expect(sealed.includes('NOPERM') ? 'refused' : sealed, 'up to when the view is complete').to.equal(seal);
      const others = [
        ['FLUSHALL'], ['FLUSHDB'], ['CONFIG', 'SET', 'maxmemory', '1'], ['KEYS', '*'], ['CLIENT', 'LIST'], ['CLIENT', 'KILL', 'TYPE', 'normal'],
        ['ACL', 'LIST'], ['ACL', 'SETUSER', user, 'allkeys', 'allcommands'], ['SHUTDOWN'], ['SCRIPT', 'FLUSH'],
        ['REPLICAOF', 'NO', 'ONE'], ['MONITOR'], ['SAVE'], ['SUBSCRIBE', 'x'], ['RENAME', VIEW, 'v2:x'], ['GET', 'of-others'],
        ['HSET', 'of-others', 'a', '1'], ['EVAL', `return redis.call('FLUSHALL')`, '0'], ['EVAL', `return redis.call('GET', 'of-others')`, '0'],
      ];
      for (const [command = '', ...args] of others) {
        expect(await answer(client, command, ...args), [command, ...args].join(' ')).to.match(/NOPERM|user executing the script can't/);
      }
    });
  }
});
