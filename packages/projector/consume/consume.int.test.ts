import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { connect } from 'nats';
import { TEST_EPOCH } from '@inventory/db/testing/database.ts';
import { productKey } from '@inventory/view/keys.ts';
import { STREAM } from '@inventory/domain/subjects.ts';
import { inUnits, TODAY_VERSION, TOMORROW, UNITS_VERSION, unitsHistory } from '@inventory/domain/testing/past-versions.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { startNatsWithoutJetStream } from '@inventory/testkit/servers/odd.ts';
import { inContainers, startNats } from '@inventory/testkit/servers/services.ts';
import type { Service } from '@inventory/testkit/servers/service.ts';
import { DURABLE } from './binding.ts';
import { madeUpEvents } from '../testing/deliveries.ts';
import { createFastWay } from '../testing/fast-way.ts';
import type { FastWay } from '../testing/fast-way.ts';

const SEVENTH = '00000000.7';

describe('the fast way', function () {
  this.timeout(90_000);
  let server: Service;
  let way: FastWay;
  before(async () => { server = await startNats(); });
  after(() => server.stop());
  beforeEach(async () => { way = await createFastWay(server); });
  afterEach(() => way.close());

  it('writes what is published, and acknowledges it', async () => {
    await way.makeStream();
    way.consume();
    await eventually(() => { expect(way.state().bound).to.equal(true); });
    const events = madeUpEvents(3, 40);
    await way.publishAll(events);
    await way.settled(120);
    const last = events.at(-1);
    expect(await way.fieldOf(last)).to.match(/^40:/);
    expect(await way.counted('applied') + await way.counted('stale')).to.equal(120);
  });

  it('writes nothing that sealing has brought, and all that lies behind P or belongs to another epoch', async () => {
    await way.makeStream();
    way.view.position = (epoch) => (epoch === TEST_EPOCH ? 2 : 0);
    way.consume();
    const events = madeUpEvents(4, 1);
    await way.publishAll(events);
    await way.settled(4);
    expect(await Promise.all(events.map((event) => way.fieldOf(event)))).to.deep.equal([null, null, '1:14:1:0:0', '1:10:1:0:0']);
    expect([await way.counted('applied'), await way.counted('stale')]).to.deep.equal([2, 2]);

    await way.jsm.streams.delete(STREAM);
    await way.workbench.pool.query("UPDATE log_epoch SET epoch = 7, reason = 'test'");
    await way.makeStream({ epoch: 7 });
    await way.publish('stock.updated', events[0]?.payload);
    await way.settled(1);
    expect(await way.fieldOf(events[0], SEVENTH)).to.equal('1:12:1:0:0');
  });

  it('leaves the stream alone while the view is rebuilt', async () => {
    await way.makeStream();
    way.view.rebuilding = () => true;
    way.consume();
    await way.publishAll(madeUpEvents(1, 5));
    await eventually(() => { expect(way.state().bound).to.equal(true); });
    // A pull would have been there by the next look at the binding.
    await eventually(async () => { expect((await way.consumer()).num_pending).to.equal(5); });
    await delay(300);
    expect((await way.consumer()).delivered.stream_seq).to.equal(0);
    way.view.rebuilding = () => false;
    await way.settled(5);
  });

  it('waits for NATS, then for the stream, and takes up everything from its beginning', async () => {
    await server.kill();
    way.consume();
    await eventually(() => { expect(way.state().detail).to.match(/away/); });
    await server.restart();
    await eventually(() => { expect(way.state().detail).to.match(/has not made the stream/); });
    await way.makeStream();
    await way.publishAll(madeUpEvents(1, 5));
    await way.settled(5);
  });

  const skipped = inContainers ? ' (skipped: a container takes no configuration of ours)' : '';
  (inContainers ? it.skip : it)(`leaves a server that answers nothing about the stream for another one${skipped}`, async () => {
    const useless = await startNatsWithoutJetStream();
    await eventually(async () => { await (await connect({ servers: useless.url, reconnect: false })).close(); });
    const led = await createFastWay(server, { before: [useless.url] });
    try {
      await led.makeStream();
      led.consume();
      await eventually(() => { expect(led.state().detail).to.match(/JetStream switched off/); });
      await led.publishAll(madeUpEvents(1, 5));
      // It leaves after 4 s.
      await eventually(() => { expect(led.state().bound).to.equal(true); }, { timeoutMs: 30_000 });
      await led.settled(5);
    } finally {
      await led.close();
      await useless.stop();
    }
  });

  it('takes nothing from a stream that is not the log\'s own, and writes under the epoch of the one that is', async () => {
    await way.makeStream({ noted: '2020-01-01T00:00:00Z' });
    const events = madeUpEvents(1, 1);
    await way.publishAll(events);
    way.consume();
    await eventually(() => { expect(way.state().detail).to.match(/was made 20\S+; ours was made 2020/); });
    await way.jsm.streams.delete(STREAM);
    await way.makeStream({ epoch: 7 });
    await way.publishAll(events);
    await eventually(() => { expect(way.state().detail).to.match(/belongs to epoch 7, the log is in epoch 1/); });
    expect(await way.jsm.consumers.info(STREAM, DURABLE).then(() => 'there', () => 'none')).to.equal('none');

    await way.workbench.pool.query("UPDATE log_epoch SET epoch = 7, reason = 'test'");
    await way.jsm.streams.delete(STREAM);
    await way.makeStream({ epoch: 7 });
    await way.publishAll(events);
    await way.settled(1);
    expect(await way.fieldOf(events[0], SEVENTH)).to.equal('1:12:1:0:0');
    expect(await way.fieldOf(events[0], TEST_EPOCH)).to.equal(null);
  });

  it('notices that the stream was replaced, and goes over to the new one', async () => {
    await way.makeStream();
    way.consume();
    await way.publishAll(madeUpEvents(1, 2));
    await way.settled(2);
    await way.jsm.streams.delete(STREAM);
    await way.makeStream();
    await way.publishAll(madeUpEvents(1, 3));
    await way.settled(3);
    expect(way.state().bound).to.equal(true);
  });

  it('reads a message by the version of its schema', async () => {
    await way.makeStream();
    way.consume({ history: unitsHistory });
    const [first, second] = madeUpEvents(1, 2);
    if (first === undefined || second === undefined) throw new Error('two events are two');
    await way.publish('stock.updated', inUnits(first.payload), UNITS_VERSION);
    await way.settled(1);
    expect(await way.fieldOf(first)).to.equal('1:12:1:0:0');
    await way.publish('stock.updated', second.payload, TODAY_VERSION);
    await way.settled(2);
    expect(await way.fieldOf(second)).to.match(/^2:/);
    expect(await way.counted('terminated')).to.equal(0);
  });

  it('neither acknowledges nor terminates what only a newer release can read', async () => {
    await way.makeStream();
    await way.workbench.pool.query("INSERT INTO log_formats (type, version, allowed_by) VALUES ($1, $2, 'a test')", [TOMORROW.type, TOMORROW.version]);
    const [event] = madeUpEvents(1, 1);
    await way.publish('stock.updated', event?.payload, TOMORROW.version);
    way.consume();
    // It comes again after each attempt.
    await eventually(async () => { expect((await way.consumer()).num_redelivered).to.be.above(0); }, { timeoutMs: 20_000 });
    const { ack_floor, num_ack_pending } = await way.consumer();
    expect([ack_floor.stream_seq, num_ack_pending]).to.deep.equal([0, 1]);
    expect([await way.counted('terminated'), await way.fieldOf(event)]).to.deep.equal([0, null]);
  });

  it('terminates what violates its schema, once and with an alarm, and goes on behind it', async () => {
    await way.makeStream();
    way.consume();
    const [event] = madeUpEvents(1, 1);
    await way.publish('stock.updated', 'no object at all');
    await way.publish('stock.updated', { ...event?.payload, store_id: '#full' });
    await way.publish('stock.updated', { ...event?.payload, quantity: -5 });
    await way.publish('stock.vanished', {});
    await way.publish('stock.updated', { ...event?.payload, version: 9 }, 2);
    await way.publish('stock.updated', event?.payload);
    await way.settled(6);
    expect(await way.counted('terminated')).to.equal(5);
    expect(await way.fieldOf(event)).to.equal('1:12:1:0:0');
    expect(await way.workbench.redis.hkeys(productKey(TEST_EPOCH, '90000000-0000-4000-8000-000000000000'))).to.deep.equal(['STORE-0']);
  });

  it('acknowledges nothing and pulls nothing while Redis is away, and loses nothing', async () => {
    await way.makeStream();
    way.consume();
    await way.publishAll(madeUpEvents(1, 1));
    await way.settled(1);
    await eventually(async () => { expect(await way.counted('applied')).to.equal(1); });

    await way.workbench.server.freeze();
    const events = madeUpEvents(2, 50);
    await way.publishAll(events.slice(0, 10));
    // The first failed batch opens the breaker; the pull under way ends with it.
    await way.probed(1);
    const { delivered } = await way.consumer();
    await way.publishAll(events.slice(10));
    await way.probed(2);
    const info = await way.consumer();
    expect(info.delivered, 'nothing is pulled').to.deep.equal(delivered);
    expect(info.ack_floor.stream_seq, 'nothing is acknowledged').to.equal(1);

    await way.workbench.server.resume();
    await way.publishAll(events);
    const { state: { last_seq } } = await way.jsm.streams.info(STREAM);
    await way.settled(last_seq);
    expect(await way.fieldOf(events.at(-1))).to.match(/^50:/);
  });
});
