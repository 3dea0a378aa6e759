import { expect } from 'chai';
import { startNatsCluster } from '@inventory/testkit/servers/nats-cluster.ts';
import type { NatsCluster } from '@inventory/testkit/servers/nats-cluster.ts';
import type { TestProcess } from '@inventory/testkit/processes/processes.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { createRelays } from '../testing/relays.ts';
import type { Relays } from '../testing/relays.ts';
import { inContainers } from '@inventory/testkit/servers/services.ts';

/** Within this time of a fault, or of its end, everything is published again (docs/invariants.md, I19). */
const CLEAR_MS = 30_000;

const skipped = inContainers ? ' (skipped: servers in containers reach no route of ours)' : '';

(inContainers ? describe.skip : describe)(`relays whose NATS cluster has lost its majority${skipped}`, function () {
  this.timeout(240_000);
  let cluster: NatsCluster;
  let relays: Relays;
  before(async () => {
    cluster = await startNatsCluster();
    const [, second] = cluster.servers;
    if (second === undefined) throw new Error('a cluster has three servers');
    // What the test itself asks goes to a server that is none of the two that are cut off.
    relays = await createRelays({ nats: second });
  });
  after(async () => {
    await relays.close();
    await cluster.stop();
  });

  const takeovers = async (relay: TestProcess): Promise<number> => {
    const metrics = await (await fetch(`http://127.0.0.1:${relay.opsPort}/metrics`)).text();
    return Number(/^relay_takeovers_total{.*} (\d+)$/m.exec(metrics)?.[1] ?? 0);
  };
  const publishedSince = async (count: number): Promise<void> => {
    await eventually(async () => {
      const { rows: [row] } = await relays.workbench.pool.query<{ marked: string }>(
        'SELECT count(*) AS marked FROM events WHERE processed');
      expect(Number(row?.marked), 'published events').to.be.above(count);
    }, { timeoutMs: CLEAR_MS, everyMs: 100 });
  };

  it('publishes nothing twice while no majority is left, and goes on when there is one', async () => {
    const ways = [await cluster.way(), await cluster.way()];
    const running: TestProcess[] = [];
    for (const way of ways) running.push(await relays.start({ NATS_URL: way.urls.join(','), STREAM_REPLICAS: '3' }));
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
    // The comparison asks for a consumer of its own, which a cluster that has just changed refuses for a while.
    await eventually(() => relays.expectOneCopyEach(), { timeoutMs: 60_000, everyMs: 500 });
  });
});
