import { expect } from 'chai';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { startNatsCluster } from '@inventory/testkit/servers/nats-cluster.ts';
import type { NatsCluster } from '@inventory/testkit/servers/nats-cluster.ts';
import { captureLog } from '../testing/log.ts';
import { connectNats } from './link.ts';
import type { NatsLink } from './link.ts';
import { inContainers } from '@inventory/testkit/servers/services.ts';

const skipped = inContainers ? ' (skipped: servers in containers reach no route of ours)' : '';

(inContainers ? describe.skip : describe)(`a link to a cluster${skipped}`, function () {
  this.timeout(90_000);
  let cluster: NatsCluster;
  let link: NatsLink;
  let capture: ReturnType<typeof captureLog>;
  before(async () => { cluster = await startNatsCluster(); });
  after(() => cluster.stop());
  beforeEach(() => { capture = captureLog(); });
  afterEach(() => link.close());
  const open = (url: string): NatsLink => connectNats({ url, name: 'test', log: capture.log });

  it('goes to another server when it is told to, and keeps its subscriptions', async () => {
    const way = await cluster.way();
    link = open(way.urls.join(','));
    const nats = await link.connection();
    const heard: string[] = [];
    nats.subscribe('greetings', { callback: (_error, message) => { heard.push(message.string()); } });
    const seen = new Set([nats.info?.server_id]);
    for (let n = 0; n < 2; n += 1) {
      const at = await link.moveOn('it is of no use');
      expect(at).to.match(/^127\.0\.0\.1:\d+$/);
      seen.add(nats.info?.server_id);
    }
    expect(seen.size, 'servers').to.equal(3);
    await eventually(() => {
      nats.publish('greetings', 'still here');
      expect(heard).to.include('still here');
    });
    expect(capture.raw.join('\n')).to.match(/left 127\.0\.0\.1:\d+ for another server: it is of no use/);
  });

  it('goes to servers that it was never told of, and that the first one names', async () => {
    const way = await cluster.way();
    link = open(way.urls[0] ?? '');
    const nats = await link.connection();
    const first = nats.info?.server_id;
    expect(await link.moveOn('it is of no use')).to.be.a('string');
    expect(nats.info?.server_id).not.to.equal(first);
  });

  it('gives up a move that finds nobody, and is connected again once somebody answers', async () => {
    const way = await cluster.way();
    link = open(way.urls.join(','));
    const nats = await link.connection();
    for (const proxy of way.proxies) proxy.refuse();
    await eventually(() => { expect(link.isConnected()).to.equal(false); });
    expect(await link.moveOn('nobody is there')).to.equal(undefined);
    for (const proxy of way.proxies) proxy.heal();
    await eventually(() => { expect(link.isConnected()).to.equal(true); }, { timeoutMs: 5000 });
    await nats.flush();
  });
});
