import { expect } from 'chai';
import { startNatsCluster } from '@inventory/testkit/servers/nats-cluster.ts';
import type { NatsCluster, NatsWay } from '@inventory/testkit/servers/nats-cluster.ts';
import type { TestProcess } from '@inventory/testkit/processes/processes.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { createRelays } from '../testing/relays.ts';
import type { Relays } from '../testing/relays.ts';
import { inContainers } from '@inventory/testkit/servers/services.ts';

/** Within this time of a fault, or of its end, everything is published again (docs/invariants.md, I19). */
const CLEAR_MS = 30_000;

const skipped = inContainers ? ' (skipped: servers in containers reach no route of ours)' : '';

(inContainers ? describe.skip : describe)(`a relay whose NATS server is of no use while its cluster is well${skipped}`, function () {
  this.timeout(240_000);
  let cluster: NatsCluster;
  let relays: Relays;
  beforeEach(async () => {
    cluster = await startNatsCluster();
    const [, second] = cluster.servers;
    if (second === undefined) throw new Error('a cluster has three servers');
    // What the test itself asks goes to a server that stays with the majority.
    relays = await createRelays({ nats: second });
  });
  afterEach(async () => {
    await relays.close();
    await cluster.stop();
  });

  const start = (way: Pick<NatsWay, 'urls'>): Promise<TestProcess> =>
    relays.start({ NATS_URL: way.urls.join(','), STREAM_REPLICAS: '3' });
  /** The comparison asks for a consumer of its own, which a cluster that has just changed refuses for a while. */
  const expectOneCopyEach = (): Promise<void> =>
    eventually(() => relays.expectOneCopyEach(), { timeoutMs: 60_000, everyMs: 500 });
  const publishedSince = async (count: number): Promise<void> => {
    await eventually(async () => {
      const { rows: [row] } = await relays.workbench.pool.query<{ marked: string }>(
        'SELECT count(*) AS marked FROM events e WHERE e.processed');
      expect(Number(row?.marked), 'published events').to.be.above(count);
    }, { timeoutMs: CLEAR_MS, everyMs: 100 });
  };

  it('publishes again within 30 s when its server is cut off from a healthy majority', async () => {
    const way = await cluster.way();
    const relay = await start(way);
    await relays.leads(relay);
    const writing = await relays.writers();
    await publishedSince(50);
    expect(way.proxies[0]?.connections(), 'it is connected to the first server').to.equal(1);
    cluster.isolate(0);
    const cutAt = writing.committed();
    await publishedSince(cutAt + 50);
    expect(way.proxies[0]?.connections(), 'connections to the server that is cut off').to.equal(0);
    await relays.becomesReady(relay);
    cluster.healRoutes();
    await writing.stop();
    await expectOneCopyEach();
  });

  it('leads although the server that is named first is down at its start', async () => {
    const way = await cluster.way();
    // Two servers make no stream of three copies, so it is there before one of them is away.
    const first = await start(way);
    await relays.leads(first);
    await first.kill();
    await cluster.servers[0]?.kill();
    const relay = await start(way);
    await relays.leads(relay);
    await relays.writeUntil(publishedSince(50));
    await cluster.servers[0]?.restart();
    await expectOneCopyEach();
  });

  it('publishes nothing twice over a moment without a majority', async () => {
    const way = await cluster.way();
    const relay = await start(way);
    await relays.leads(relay);
    const writing = await relays.writers();
    await publishedSince(50);
    cluster.isolate(0);
    cluster.isolate(2);
    const cutAt = writing.committed();
    // What it sends now nobody acknowledges, and two of the servers may keep it.
    await eventually(() => { expect(writing.committed()).to.be.above(cutAt + 50); }, { timeoutMs: CLEAR_MS });
    cluster.healRoutes();
    await publishedSince(cutAt + 50);
    await writing.stop();
    await expectOneCopyEach();
  });
});
