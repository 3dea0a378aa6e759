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

(inContainers ? describe.skip : describe)(`relays of which not all reach a NATS cluster with a majority${skipped}`, function () {
  this.timeout(240_000);
  let cluster: NatsCluster;
  let relays: Relays;
  beforeEach(async () => {
    cluster = await startNatsCluster();
    const [, second] = cluster.servers;
    if (second === undefined) throw new Error('a cluster has three servers');
    // What the test itself asks goes to a server that is none of the two that are cut off.
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
  const takeovers = async (relay: TestProcess): Promise<number> => {
    const metrics = await (await fetch(`http://127.0.0.1:${relay.opsPort}/metrics`)).text();
    return Number(/^relay_takeovers_total{.*} (\d+)$/m.exec(metrics)?.[1] ?? 0);
  };
  const publishedSince = async (count: number): Promise<void> => {
    await eventually(async () => {
      const { rows: [row] } = await relays.workbench.pool.query<{ marked: string }>(
        'SELECT count(*) AS marked FROM events e WHERE e.processed');
      expect(Number(row?.marked), 'published events').to.be.above(count);
    }, { timeoutMs: CLEAR_MS, everyMs: 100 });
  };

  it('gives up the lead when it reaches no other server, and one that does publishes', async () => {
    const [first, second] = [await cluster.way(), await cluster.way()];
    const lonely = await start(first);
    await relays.leads(lonely);
    for (const proxy of first.proxies.slice(1)) proxy.refuse();
    const standby = await start({ urls: [...second.urls].reverse() });
    const writing = await relays.writers();
    await publishedSince(50);
    cluster.isolate(0);
    const cutAt = writing.committed();
    await publishedSince(cutAt + 50);
    await relays.leads(standby);
    cluster.healRoutes();
    await writing.stop();
    await expectOneCopyEach();
  });

  it('publishes nothing twice while no majority is left, and goes on when there is one', async () => {
    const ways = [await cluster.way(), await cluster.way()];
    const running: TestProcess[] = [];
    for (const way of ways) running.push(await start(way));
    const writing = await relays.writers();
    await publishedSince(50);
    cluster.isolate(0);
    cluster.isolate(2);
    const cutAt = writing.committed();
    // Long enough for every relay to have tried every server, and to have given up the lead.
    await eventually(async () => {
      for (const relay of running) expect(await takeovers(relay), 'times that it took the lead').to.be.above(1);
    }, { timeoutMs: 90_000, everyMs: 200 });
    cluster.healRoutes();
    await publishedSince(cutAt + 50);
    await writing.stop();
    await expectOneCopyEach();
  });
});
