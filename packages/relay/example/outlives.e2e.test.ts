import { expect } from 'chai';
import { connect } from 'nats';
import type { JetStreamManager, NatsConnection } from 'nats';
import { STREAM } from '@inventory/domain/subjects.ts';
import { asUser } from '@inventory/testkit/processes/logins.ts';
import type { TestProcess } from '@inventory/testkit/processes/processes.ts';
import type { Service } from '@inventory/testkit/servers/service.ts';
import { startNats } from '@inventory/testkit/servers/services.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { addressesOf } from '@inventory/runtime/nats/addresses.ts';
import { makeStream, publishState, startExample } from '../testing/example-consumer.ts';

/** Within this time of the end of trouble a consumer goes on by itself. */
const AGAIN_MS = 30_000;

describe('the example consumer in trouble', function () {
  this.timeout(120_000);
  let server: Service;
  let nats: NatsConnection;
  let jsm: JetStreamManager;
  let consumer: TestProcess | undefined;
  beforeEach(async () => {
    server = await startNats();
    nats = await connect({ ...addressesOf(server.url), maxReconnectAttempts: -1, reconnectTimeWait: 100 });
    jsm = await nats.jetstreamManager();
    await makeStream(jsm, 1);
  });
  afterEach(async () => {
    await consumer?.kill();
    await nats.close();
    await server.stop();
  });

  const writes = (line: string): Promise<void> =>
    eventually(() => { expect(consumer?.noise.at(-1)).to.equal(line); }, { timeoutMs: AGAIN_MS });

  it('goes on by itself when its stream was made anew, as after a restore', async () => {
    consumer = await startExample(asUser(server.url, 'analytics'));
    await writes(await publishState(nats, 1));
    await jsm.streams.delete(STREAM);
    await makeStream(jsm, 1);
    await writes(await publishState(nats, 2));
    expect((await consumer.stop()).code).to.equal(0);
  });

  it('waits for a server that is not there yet, and for one that is restarted', async () => {
    await server.kill();
    consumer = await startExample(asUser(server.url, 'analytics'));
    await eventually(() => { expect(consumer?.noise.join('\n')).to.contain('not now: '); });
    await server.restart();
    await writes(await eventually(() => publishState(nats, 1), { timeoutMs: AGAIN_MS }));
    await server.restart();
    await writes(await eventually(() => publishState(nats, 2), { timeoutMs: AGAIN_MS }));
    expect((await consumer.stop()).code).to.equal(0);
  });
});
