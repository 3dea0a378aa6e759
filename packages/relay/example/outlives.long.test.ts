import { expect } from 'chai';
import { connect } from 'nats';
import type { NatsConnection } from 'nats';
import type { TestProcess } from '@inventory/testkit/processes/processes.ts';
import { startNatsCluster } from '@inventory/testkit/servers/nats-cluster.ts';
import type { NatsCluster, NatsWay } from '@inventory/testkit/servers/nats-cluster.ts';
import { inContainers } from '@inventory/testkit/servers/services.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { makeStream, publishState, startExample } from '../testing/example-consumer.ts';

/**
 * A consumer goes on by itself: when depends on how long the cluster takes to choose its leaders, which a 2.9 on a busy machine
 * does for 20 s. Until then the consumer goes round the servers, and waits for the one that is cut off each time.
 */
const BY_ITSELF_MS = 90_000;

const skipped = inContainers ? ' (skipped: servers in containers reach no route of ours)' : '';

(inContainers ? describe.skip : describe)(`the example consumer in a NATS cluster${skipped}`, function () {
  this.timeout(400_000);
  let cluster: NatsCluster;
  let way: NatsWay;
  let nats: NatsConnection;
  let consumer: TestProcess | undefined;
  beforeEach(async () => {
    cluster = await startNatsCluster();
    way = await cluster.way();
    // The test itself publishes by a server that stays with the majority.
    const [, second] = cluster.servers;
    nats = await connect({ servers: `127.0.0.1:${second?.port}`, maxReconnectAttempts: -1, reconnectTimeWait: 100 });
    const jsm = await nats.jetstreamManager({ timeout: 5_000, checkAPI: false });
    // A leader may not know all of the servers yet.
    await eventually(() => makeStream(jsm, 3), { timeoutMs: BY_ITSELF_MS });
  });
  afterEach(async () => {
    await consumer?.kill();
    await nats.close();
    await cluster.stop();
  });

  const publishes = (version: number): Promise<string> => eventually(() => publishState(nats, version), { timeoutMs: BY_ITSELF_MS });
  const writes = (line: string): Promise<void> =>
    eventually(() => { expect(consumer?.noise.at(-1)).to.equal(line); }, { timeoutMs: BY_ITSELF_MS });

  it('leaves a server that is cut off from a healthy majority', async () => {
    consumer = await startExample(way.urls.join(','));
    await writes(await publishes(1));
    expect(way.proxies[0]?.connections(), 'it is connected to the first server').to.equal(1);
    cluster.isolate(0);
    await writes(await publishes(2));
    cluster.healRoutes();
    await writes(await publishes(3));
    expect((await consumer.stop()).code).to.equal(0);
  });

  it('goes on by itself when its cluster has a majority again', async () => {
    consumer = await startExample(way.urls.join(','));
    await writes(await publishes(1));
    cluster.isolate(0);
    cluster.isolate(2);
    // Long enough that each server gives up its leadership.
    await eventually(() => { expect(consumer?.noise.join('\n')).to.contain('not now: '); }, { timeoutMs: BY_ITSELF_MS });
    cluster.healRoutes();
    await writes(await publishes(2));
    expect((await consumer.stop()).code).to.equal(0);
  });
});
