/** Tests only: a log, a stream and a consumption between them, all private, and what a test asks of them. */
import { expect } from 'chai';
import { DiscardPolicy, connect, headers } from 'nats';
import type { ConsumerInfo, JetStreamManager, NatsConnection } from 'nats';
import { TEST_EPOCH } from '@inventory/db/testing/database.ts';
import { productKey } from '@inventory/view/keys.ts';
import { dataSchemaOf } from '@inventory/domain/event-contract.ts';
import type { DomainEvent } from '@inventory/domain/events.ts';
import { pastVersions } from '@inventory/domain/events-stored.ts';
import type { History } from '@inventory/domain/events-stored.ts';
import { liveSubjects, STREAM } from '@inventory/domain/subjects.ts';
import { startLoop } from '@inventory/runtime/loop.ts';
import type { Loop } from '@inventory/runtime/loop.ts';
import { createMetrics } from '@inventory/runtime/metrics.ts';
import { connectNats } from '@inventory/runtime/nats/link.ts';
import { createPolicy } from '@inventory/runtime/policies.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import type { Service } from '@inventory/testkit/servers/service.ts';
import { DURABLE } from '../consume/binding.ts';
import { createConsumption } from '../consume/consume.ts';
import { createTelemetry } from '../telemetry/telemetry.ts';
import type { Brought } from '../seal/brought.ts';
import { createWorkbench } from './workbench.ts';
import type { Workbench } from './workbench.ts';

interface Logged { readonly id: string; readonly position: number }

export interface FastWay {
  readonly workbench: Workbench;
  readonly nats: NatsConnection;
  readonly jsm: JetStreamManager;
  /** What sealing would know; a test may put something else in its place. */
  readonly view: { position: (epoch: string) => number; rebuilding: () => boolean };
  /** Whether the consumption is bound to the stream, or why not. */
  state(): { readonly bound: boolean; readonly detail: string };
  /** Makes the stream as the relay would; `noted`: what relay_stream says of it. */
  makeStream(options?: { readonly noted?: string; readonly epoch?: number }): Promise<void>;
  /** Appends an event to the log, as an api would have; one that is there already is not appended again. */
  append(type: string, payload: unknown, version?: number): Promise<Logged>;
  /** Puts a message into the stream, of an event or forged. */
  send(type: string, event: Partial<Logged>, data: string): Promise<void>;
  /** Both: what api and relay do with an event. */
  publish(type: string, payload: unknown, version?: number): Promise<void>;
  publishAll(events: readonly DomainEvent[]): Promise<void>;
  /** Starts to consume. */
  consume(options?: { readonly history?: History; readonly brought?: Brought }): void;
  consumer(): Promise<ConsumerInfo>;
  /** Resolves when every message up to this sequence is acknowledged or ended. */
  settled(sequence: number): Promise<void>;
  /** Resolves when Redis was asked so many more times, and was away each time. */
  probed(times: number): Promise<void>;
  /** The events that were counted with this result. */
  counted(result: string): Promise<number>;
  /** What the view has where this event belongs. */
  fieldOf(event: DomainEvent | undefined, epoch?: string): Promise<string | null>;
  close(): Promise<void>;
}

/** @param before URLs of servers that the consumption is told of before this one */
export async function createFastWay(server: Service, { before = [] }: { readonly before?: readonly string[] } = {}): Promise<FastWay> {
  const workbench = await createWorkbench();
  const nats = await connect({ servers: server.url, maxReconnectAttempts: -1, reconnectTimeWait: 50 });
  const jsm = await nats.jetstreamManager();
  const link = connectNats({ url: [...before, server.url].join(','), name: 'projector-test', log: workbench.log });
  const metrics = createMetrics({ process: 'projector', instance: 'test' });
  const view: FastWay['view'] = { position: () => 0, rebuilding: () => false };
  const logged = new Map<string, Logged>();
  let state: ReturnType<FastWay['state']> = { bound: false, detail: 'not started' };
  let loop: Loop | undefined;
  let probes = 0;

  const append: FastWay['append'] = async (type, payload, version = 1) => {
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
  };
  const send: FastWay['send'] = async (type, { id, position }, data) => {
    const head = headers();
    if (position !== undefined) head.set('ce-sequence', String(position));
    if (id !== undefined) head.set('ce-id', id);
    head.set('ce-type', type);
    head.set('ce-dataschema', dataSchemaOf(type, 1));
    head.set('ce-time', new Date().toISOString());
    await nats.jetstream().publish(`${type}.MAD-001`, data, { headers: head });
  };
  const publish: FastWay['publish'] = async (type, payload, version = 1) => {
    await send(type, await append(type, payload, version), JSON.stringify(payload));
  };
  const consumer = (): Promise<ConsumerInfo> => jsm.consumers.info(STREAM, DURABLE);

  return {
    workbench, nats, jsm, view, append, send, publish, consumer,
    state: () => state,
    async makeStream({ noted, epoch = 1 } = {}) {
      const info = await jsm.streams.add({ name: STREAM, subjects: [...liveSubjects], discard: DiscardPolicy.New });
      await workbench.pool.query(`INSERT INTO relay_stream (name, created, epoch) VALUES ($1, $2, $3)
        ON CONFLICT (name) DO UPDATE SET created = excluded.created, epoch = excluded.epoch`, [STREAM, noted ?? info.created, epoch]);
    },
    async publishAll(events) {
      for (const { type, payload } of events) await publish(type, payload);
    },
    consume({ history = pastVersions, brought } = {}) {
      const policy = createPolicy({
        name: 'redis', timeoutMs: 2_000, breaker: { failures: 1, resetMs: 200 }, isFailure: () => true, log: workbench.log,
      });
      probes = 0;
      policy.onChange((next) => { if (next === 'half_open') probes += 1; });
      const { step } = createConsumption({
        db: workbench.db, nats: link, redis: workbench.redis, policy, log: workbench.log, history,
        observe: createTelemetry(metrics).consuming, databaseNowMs: Date.now, view, onState: (next) => { state = next; },
        ...(brought === undefined ? {} : { brought }),
      });
      loop = startLoop({ name: 'consuming', step, idleMs: 50, backoff: { minMs: 20, maxMs: 100 }, log: workbench.log });
    },
    async settled(sequence) {
      await eventually(async () => {
        const { ack_floor, num_pending, num_ack_pending } = await consumer();
        expect([ack_floor.stream_seq, num_pending, num_ack_pending]).to.deep.equal([sequence, 0, 0]);
      }, { timeoutMs: 15_000, what: `acknowledgements up to ${sequence}` });
    },
    async probed(times) {
      const before = probes;
      await eventually(() => { expect(probes).to.be.at.least(before + times); }, { what: 'probes of the breaker' });
    },
    async counted(result) {
      const { values } = await metrics.registry.getSingleMetric('projector_events_total')?.get() ?? { values: [] };
      return values.find(({ labels }) => labels['result'] === result)?.value ?? 0;
    },
    fieldOf(event, epoch = TEST_EPOCH) {
      if (event?.type !== 'stock.updated') throw new Error('made-up events are of stock');
      return workbench.redis.hget(productKey(epoch, event.payload.product_id), event.payload.store_id);
    },
    async close() {
      await loop?.stop();
      await link.close();
      await jsm.streams.delete(STREAM).catch(() => false);
      await nats.close();
      await workbench.close();
    },
  };
}
