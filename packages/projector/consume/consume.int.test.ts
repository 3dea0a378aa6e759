import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { DiscardPolicy, connect, headers } from 'nats';
import type { ConsumerInfo, JetStreamManager, NatsConnection } from 'nats';
import { productKey } from '@inventory/view/keys.ts';
import { dataSchemaOf } from '@inventory/domain/event-contract.ts';
import type { DomainEvent } from '@inventory/domain/events.ts';
import { pastVersions } from '@inventory/domain/events-stored.ts';
import type { History } from '@inventory/domain/events-stored.ts';
import { inUnits, TODAY_VERSION, UNITS_VERSION, unitsHistory } from '@inventory/domain/testing/past-versions.ts';
import { liveSubjects } from '@inventory/domain/subjects.ts';
import { startLoop } from '@inventory/runtime/loop.ts';
import type { Loop } from '@inventory/runtime/loop.ts';
import { createMetrics } from '@inventory/runtime/metrics.ts';
import type { Metrics } from '@inventory/runtime/metrics.ts';
import { connectNats } from '@inventory/runtime/nats/link.ts';
import type { NatsLink } from '@inventory/runtime/nats/link.ts';
import { createPolicy } from '@inventory/runtime/policies.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { startNats } from '@inventory/testkit/servers/services.ts';
import type { Service } from '@inventory/testkit/servers/service.ts';
import { STREAM } from '@inventory/domain/subjects.ts';
import { DURABLE } from './binding.ts';
import { createConsumption } from './consume.ts';
import { madeUpEvents } from '../testing/deliveries.ts';
import { createTelemetry } from '../telemetry/telemetry.ts';
import { createWorkbench } from '../testing/workbench.ts';
import type { Workbench } from '../testing/workbench.ts';

interface Logged { readonly id: string; readonly position: number }

describe('the fast way', function () {
  this.timeout(90_000);
  let server: Service;
  let workbench: Workbench;
  let nats: NatsConnection;
  let jsm: JetStreamManager;
  let link: NatsLink;
  let metrics: Metrics;
  let loop: Loop | undefined;
  let probes: number;
  /** What sealing would know. */
  let view: { position: (epoch: number) => number; rebuilding: () => boolean };
  let logged: Map<string, Logged>;
  let state: { readonly bound: boolean; readonly detail: string };

  before(async () => { server = await startNats(); });
  after(() => server.stop());
  beforeEach(async () => {
    workbench = await createWorkbench();
    nats = await connect({ servers: server.url, maxReconnectAttempts: -1, reconnectTimeWait: 50 });
    jsm = await nats.jetstreamManager();
    link = connectNats({ url: server.url, name: 'projector-test', log: workbench.log });
    metrics = createMetrics({ process: 'projector', instance: 'test' });
    view = { position: () => 0, rebuilding: () => false };
    logged = new Map();
    state = { bound: false, detail: 'not started' };
  });
  afterEach(async () => {
    await loop?.stop();
    await link.close();
    await jsm.streams.delete(STREAM).catch(() => false);
    await nats.close();
    await workbench.close();
  });

  /** Makes the stream as the relay would; `noted`: what relay_stream says of it. */
  async function makeStream({ noted, epoch = 1 }: { readonly noted?: string; readonly epoch?: number } = {}): Promise<void> {
    const info = await jsm.streams.add({ name: STREAM, subjects: [...liveSubjects], discard: DiscardPolicy.New });
    await workbench.pool.query(`INSERT INTO relay_stream (name, created, epoch) VALUES ($1, $2, $3)
      ON CONFLICT (name) DO UPDATE SET created = excluded.created, epoch = excluded.epoch`, [STREAM, noted ?? info.created, epoch]);
  }

  /** Appends an event to the log, as an api would have; one that is there already is not appended again. */
  async function append(type: string, payload: unknown, version = 1): Promise<Logged> {
    const text = JSON.stringify(payload);
    const known = logged.get(text);
    if (known !== undefined) return known;
    const { rows: [row] } = await workbench.pool.query<Logged>(
      `INSERT INTO events (id, event_type, store_id, aggregate_id, payload, stream_id, stream_version, schema_version)
       VALUES (gen_random_uuid(), $1, 'MAD-001', gen_random_uuid(), $2, gen_random_uuid(), 1, $3) RETURNING id, position::int AS position`,
      [type, text, version]);
    if (row === undefined) throw new Error('an insert answers with its row');
    logged.set(text, row);
    return row;
  }

  /** Puts a message into the stream, of an event or forged. */
  async function send(type: string, { id, position }: Partial<Logged>, data: string): Promise<void> {
    const head = headers();
    if (position !== undefined) head.set('ce-sequence', String(position));
    if (id !== undefined) head.set('ce-id', id);
    head.set('ce-type', type);
    head.set('ce-dataschema', dataSchemaOf(type, 1));
    head.set('ce-time', new Date().toISOString());
    await nats.jetstream().publish(`${type}.MAD-001`, data, { headers: head });
  }

  async function publish(type: string, payload: unknown, version = 1): Promise<void> {
    await send(type, await append(type, payload, version), JSON.stringify(payload));
  }
  async function publishAll(events: readonly DomainEvent[]): Promise<void> {
    for (const { type, payload } of events) await publish(type, payload);
  }

  function consume(history: History = pastVersions): void {
    const policy = createPolicy({
      name: 'redis', timeoutMs: 2_000, breaker: { failures: 1, resetMs: 200 }, isFailure: () => true, log: workbench.log,
    });
    probes = 0;
    policy.onChange((next) => { if (next === 'half_open') probes += 1; });
    const { step } = createConsumption({
      db: workbench.db, nats: link, redis: workbench.redis, policy, log: workbench.log, history,
      observe: createTelemetry(metrics).consuming, databaseNowMs: Date.now, view, onState: (next) => { state = next; },
    });
    loop = startLoop({ name: 'consuming', step, idleMs: 50, backoff: { minMs: 20, maxMs: 100 }, log: workbench.log });
  }

  const consumer = (): Promise<ConsumerInfo> => jsm.consumers.info(STREAM, DURABLE);

  async function settled(sequence: number): Promise<void> {
    await eventually(async () => {
      const { ack_floor, num_pending, num_ack_pending } = await consumer();
      expect([ack_floor.stream_seq, num_pending, num_ack_pending]).to.deep.equal([sequence, 0, 0]);
    }, { timeoutMs: 15_000, what: `acknowledgements up to ${sequence}` });
  }

  /** Resolves when Redis was asked so many more times, and was away each time. */
  async function probed(times: number): Promise<void> {
    const before = probes;
    await eventually(() => { expect(probes).to.be.at.least(before + times); }, { what: 'probes of the breaker' });
  }

  async function counted(result: string): Promise<number> {
    const { values } = await metrics.registry.getSingleMetric('projector_events_total')?.get() ?? { values: [] };
    return values.find(({ labels }) => labels['result'] === result)?.value ?? 0;
  }

  const fieldOf = (event: DomainEvent | undefined, epoch = 1) => {
    if (event?.type !== 'stock.updated') throw new Error('made-up events are of stock');
    return workbench.redis.hget(productKey(epoch, event.payload.product_id), event.payload.store_id);
  };

  it('writes what is published, and acknowledges it', async () => {
    await makeStream();
    consume();
    await eventually(() => { expect(state.bound).to.equal(true); });
    const events = madeUpEvents(3, 40);
    await publishAll(events);
    await settled(120);
    const last = events.at(-1);
    expect(await fieldOf(last)).to.match(/^40:/);
    expect(await counted('applied') + await counted('stale')).to.equal(120);
  });

  it('writes nothing that sealing has brought, and all that lies behind P or belongs to another epoch', async () => {
    await makeStream();
    view.position = (epoch) => (epoch === 1 ? 2 : 0);
    consume();
    const events = madeUpEvents(4, 1);
    await publishAll(events);
    await settled(4);
    expect(await Promise.all(events.map((event) => fieldOf(event)))).to.deep.equal([null, null, '1:14:1', '1:10:1']);
    expect([await counted('applied'), await counted('stale')]).to.deep.equal([2, 2]);

    await jsm.streams.delete(STREAM);
    await workbench.pool.query("UPDATE log_epoch SET epoch = 7, reason = 'test'");
    await makeStream({ epoch: 7 });
    await publish('stock.updated', events[0]?.payload);
    await settled(1);
    expect(await fieldOf(events[0], 7)).to.equal('1:12:1');
  });

  it('leaves the stream alone while the view is rebuilt', async () => {
    await makeStream();
    view.rebuilding = () => true;
    consume();
    await publishAll(madeUpEvents(1, 5));
    await eventually(() => { expect(state.bound).to.equal(true); });
    // A pull would have been there by the next look at the binding.
    await eventually(async () => { expect((await consumer()).num_pending).to.equal(5); });
    await delay(300);
    expect((await consumer()).delivered.stream_seq).to.equal(0);
    view.rebuilding = () => false;
    await settled(5);
  });

  it('waits for NATS, then for the stream, and takes up everything from its beginning', async () => {
    await server.kill();
    consume();
    await eventually(() => { expect(state.detail).to.match(/away/); });
    await server.restart();
    await eventually(() => { expect(state.detail).to.match(/has not made the stream/); });
    await makeStream();
    await publishAll(madeUpEvents(1, 5));
    await settled(5);
  });

  it('takes nothing from a stream that is not the log\'s own, and writes under the epoch of the one that is', async () => {
    await makeStream({ noted: '2020-01-01T00:00:00Z' });
    const events = madeUpEvents(1, 1);
    await publishAll(events);
    consume();
    await eventually(() => { expect(state.detail).to.match(/was made 20\S+; ours was made 2020/); });
    await jsm.streams.delete(STREAM);
    await makeStream({ epoch: 7 });
    await publishAll(events);
    await eventually(() => { expect(state.detail).to.match(/belongs to epoch 7, the log is in epoch 1/); });
    expect(await jsm.consumers.info(STREAM, DURABLE).then(() => 'there', () => 'none')).to.equal('none');

    await workbench.pool.query("UPDATE log_epoch SET epoch = 7, reason = 'test'");
    await jsm.streams.delete(STREAM);
    await makeStream({ epoch: 7 });
    await publishAll(events);
    await settled(1);
    expect(await fieldOf(events[0], 7)).to.equal('1:12:1');
    expect(await fieldOf(events[0], 1)).to.equal(null);
  });

  it('notices that the stream was replaced, and goes over to the new one', async () => {
    await makeStream();
    consume();
    await publishAll(madeUpEvents(1, 2));
    await settled(2);
    await jsm.streams.delete(STREAM);
    await makeStream();
    await publishAll(madeUpEvents(1, 3));
    await settled(3);
    expect(state.bound).to.equal(true);
  });

  it('reads a message by the version of its schema', async () => {
    await makeStream();
    consume(unitsHistory);
    const [first, second] = madeUpEvents(1, 2);
    if (first === undefined || second === undefined) throw new Error('two events are two');
    await publish('stock.updated', inUnits(first.payload), UNITS_VERSION);
    await settled(1);
    expect(await fieldOf(first)).to.equal('1:12:1');
    await publish('stock.updated', second.payload, TODAY_VERSION);
    await settled(2);
    expect(await fieldOf(second)).to.match(/^2:/);
    expect(await counted('terminated')).to.equal(0);
  });

  it('terminates what violates its schema, once and with an alarm, and goes on behind it', async () => {
    await makeStream();
    consume();
    const [event] = madeUpEvents(1, 1);
    await publish('stock.updated', 'no object at all');
    await publish('stock.updated', { ...event?.payload, store_id: '#full' });
    await publish('stock.updated', { ...event?.payload, quantity: -5 });
    await publish('stock.vanished', {});
    await publish('stock.updated', { ...event?.payload, version: 9 }, 2);
    await publish('stock.updated', event?.payload);
    await settled(6);
    expect(await counted('terminated')).to.equal(5);
    expect(await fieldOf(event)).to.equal('1:12:1');
    expect(await workbench.redis.hkeys(productKey(1, '90000000-0000-4000-8000-000000000000'))).to.deep.equal(['STORE-0']);
  });

  it('believes no message: a forged one changes nothing, whatever it says of itself', async () => {
    await makeStream();
    consume();
    const [event, next] = madeUpEvents(1, 2);
    if (event?.type !== 'stock.updated') throw new Error('made-up events are of stock');
    const forged = JSON.stringify({ ...event.payload, quantity: 999_999, available: 999_998, version: 900 });
    await publishAll([event]);
    const { id, position } = await append('stock.updated', event.payload);
    await send('stock.updated', {}, forged);
    await send('stock.updated', { id }, forged);
    await send('stock.updated', { position: 1_000_000_000, id: '00000000-0000-4000-8000-00000000dead' }, forged);
    await send('stock.updated', { position, id: '00000000-0000-4000-8000-00000000dead' }, forged);
    await nats.jetstream().publish('stock.updated.MAD-001', 'no headers');
    for (const sequence of ['0', '-1', '1e3', '9'.repeat(20), '1 1', 'x']) {
      const head = headers();
      head.set('ce-sequence', sequence);
      head.set('ce-id', id);
      await nats.jetstream().publish('stock.updated.MAD-001', forged, { headers: head });
    }
    // Of a message that names an event of the log, the log's word is taken, not the message's.
    await send('stock.updated', { id, position }, forged);
    await settled(13);
    expect(await fieldOf(event), 'what the log says').to.equal('1:12:1');
    expect([await counted('refused'), await counted('terminated')]).to.deep.equal([11, 0]);
    // The forged version 900 stands in nobody's way.
    if (next !== undefined) await publishAll([next]);
    await settled(14);
    expect(await fieldOf(event)).to.match(/^2:/);
  });

  it('takes nothing while the log cannot be asked, and loses nothing', async () => {
    await makeStream();
    consume();
    await eventually(() => { expect(state.bound).to.equal(true); });
    const [event] = madeUpEvents(1, 1);
    if (event?.type !== 'stock.updated') throw new Error('made-up events are of stock');
    await append(event.type, event.payload);
    await workbench.pool.query('ALTER TABLE events RENAME TO away');
    await publish(event.type, event.payload);
    await eventually(async () => { expect((await consumer()).num_ack_pending).to.equal(1); }, { timeoutMs: 10_000, everyMs: 10 });
    await delay(300);
    expect(await fieldOf(event)).to.equal(null);
    expect((await consumer()).ack_floor.stream_seq, 'nothing is acknowledged').to.equal(0);
    await workbench.pool.query('ALTER TABLE away RENAME TO events');
    await settled(1);
    expect(await fieldOf(event)).to.equal('1:12:1');
  });

  it('acknowledges nothing and pulls nothing while Redis is away, and loses nothing', async () => {
    await makeStream();
    consume();
    await publishAll(madeUpEvents(1, 1));
    await settled(1);
    await eventually(async () => { expect(await counted('applied')).to.equal(1); });

    await workbench.server.freeze();
    const events = madeUpEvents(2, 50);
    await publishAll(events.slice(0, 10));
    // The first failed batch opens the breaker; the pull under way ends with it.
    await probed(1);
    const { delivered } = await consumer();
    await publishAll(events.slice(10));
    await probed(2);
    const info = await consumer();
    expect(info.delivered, 'nothing is pulled').to.deep.equal(delivered);
    expect(info.ack_floor.stream_seq, 'nothing is acknowledged').to.equal(1);

    await workbench.server.resume();
    await publishAll(events);
    const { state: { last_seq } } = await jsm.streams.info(STREAM);
    await settled(last_seq);
    expect(await fieldOf(events.at(-1))).to.match(/^50:/);
  });
});
