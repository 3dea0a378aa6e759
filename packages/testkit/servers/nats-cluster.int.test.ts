import { expect } from 'chai';
import { connect } from 'nats';
import type { NatsConnection } from 'nats';
import { eventually } from '../waiting/eventually.ts';
import { startNatsCluster } from './nats-cluster.ts';
import type { NatsCluster, NatsWay } from './nats-cluster.ts';
import { inContainers } from './services.ts';

const skipped = inContainers ? ' (skipped: servers in containers reach no route of ours)' : '';

(inContainers ? describe.skip : describe)(`a cluster of NATS servers${skipped}`, function () {
  this.timeout(120_000);
  let cluster: NatsCluster;
  let way: NatsWay;
  let client: NatsConnection;
  before(async () => {
    cluster = await startNatsCluster();
    way = await cluster.way();
    client = await connect({
      servers: way.urls.slice(0, 1).map((url) => url.slice('nats://'.length)), maxReconnectAttempts: -1, reconnectTimeWait: 100,
    });
    const jsm = await client.jetstreamManager();
    // A leader may not know all of the servers yet.
    await eventually(() => jsm.streams.add({ name: 'KEPT', subjects: ['kept'], num_replicas: 3 }), { timeoutMs: 30_000, everyMs: 100 });
  });
  after(async () => {
    await client.close();
    await cluster.stop();
  });

  const publish = async (): Promise<number> => (await client.jetstream({ timeout: 1_000 }).publish('kept')).seq;
  const publishes = () => eventually(publish, { timeoutMs: 30_000, everyMs: 100, what: 'a publish' });
  const ports = () => way.proxies.map(({ port }) => port);

  it('tells a client of its other servers by the client\'s own proxies', () => eventually(() => {
    const told = client.info?.connect_urls ?? [];
    expect(told.map((address) => Number(address.split(':')[1])).toSorted()).to.deep.equal(ports().toSorted());
  }));

  it('keeps a client that is moved from one server to another on its own proxies', async () => {
    await publishes();
    way.proxies[0]?.refuse();
    await eventually(() => { expect(ports().slice(1)).to.include(Number(client.getServer().split(':')[1])); });
    await publishes();
    way.proxies[0]?.heal();
  });

  it('cuts one server off from the other two, who go on; it joins them again when healed', async () => {
    const at = ports().indexOf(Number(client.getServer().split(':')[1]));
    expect(at).to.be.at.least(0);
    cluster.isolate(at);
    // The client's own connection stays, to a server that can store nothing any more.
    await eventually(async () => {
      expect(await publish().then(() => 'stored', () => 'refused')).to.equal('refused');
    }, { timeoutMs: 30_000, everyMs: 100 });
    const other = await cluster.way();
    const healthy = await connect({ servers: [other.urls[(at + 1) % 3]?.slice('nats://'.length) ?? ''] });
    await eventually(() => healthy.jetstream({ timeout: 1_000 }).publish('kept'), { timeoutMs: 30_000, everyMs: 100 });
    expect(await publish().then(() => 'stored', () => 'refused')).to.equal('refused');
    await healthy.close();
    cluster.healRoutes();
    await publishes();
  });
});
