/**
 * A consumer as another team would run it: a durable JetStream consumer that acknowledges each message, and binds again when
 * the stream is recreated. Faults of the product's connections do not affect its own connection.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { AckPolicy, DeliverPolicy, connect, nanos } from 'nats';
import type { JsMsg, NatsConnection } from 'nats';
import { z } from 'zod';

export interface Delivery {
  /** The creation date of the stream, which identifies it. */
  readonly stream: string;
  readonly sequence: number;
  readonly id: string;
  /** The stock row, product or store that the event is about. */
  readonly row: string;
  /** The row's version; undefined for an event without one. */
  readonly version: number | undefined;
  /** The server marks the message as redelivered. */
  readonly again: boolean;
  /** A copy that a repair has published, possibly after later events of its row. */
  readonly repair: boolean;
  readonly atMs: number;
  /** From the event's time to its arrival. */
  readonly lagMs: number;
}

export interface Durable {
  readonly deliveries: readonly Delivery[];
  readonly done: Promise<void>;
}

const STREAM = 'INVENTORY';
const DURABLE = 'chaos';
const REPLICAS = 3;
const ACK_WAIT_MS = 3_000;
const PULL = { max_messages: 200, expires: 1_000 } as const;
const API_MS = 2_000;
const PAUSE_MS = 250;

const body = z.object({ version: z.int().optional() });

/** Consumes until the signal aborts. While servers or the stream are missing, it tries again. */
export function startDurable(
  { servers, signal }: { readonly servers: readonly string[]; readonly signal: AbortSignal },
): Durable {
  const deliveries: Delivery[] = [];
  const work = async (): Promise<void> => {
    const nats = await connectPatiently(servers, signal);
    try {
      while (!signal.aborted) {
        await pullOnce(nats, deliveries, signal).catch(() => delay(PAUSE_MS));
      }
    } finally {
      await nats.close();
    }
  };
  return { deliveries, done: work().catch((error: unknown) => { if (!signal.aborted) throw error; }) };
}

async function connectPatiently(servers: readonly string[], signal: AbortSignal): Promise<NatsConnection> {
  for (;;) {
    signal.throwIfAborted();
    try {
      return await connect({
        servers: servers.map((url) => new URL(url).host), maxReconnectAttempts: -1, reconnectTimeWait: 100, timeout: API_MS,
        pingInterval: 2_000, maxPingOut: 2, name: DURABLE,
      });
    } catch {
      await delay(PAUSE_MS);
    }
  }
}

async function pullOnce(nats: NatsConnection, deliveries: Delivery[], signal: AbortSignal): Promise<void> {
  const jsm = await nats.jetstreamManager({ timeout: API_MS, checkAPI: false });
  const { created } = await jsm.streams.info(STREAM);
  await jsm.consumers.add(STREAM, {
    durable_name: DURABLE, ack_policy: AckPolicy.Explicit, ack_wait: nanos(ACK_WAIT_MS), deliver_policy: DeliverPolicy.All,
    num_replicas: REPLICAS,
  });
  const consumer = await nats.jetstream({ timeout: API_MS }).consumers.get(STREAM, DURABLE);
  // After some pulls it checks again which stream is there.
  for (let pulls = 0; pulls < 5 && !signal.aborted; pulls += 1) {
    const messages = await consumer.fetch(PULL);
    for await (const message of messages) {
      deliveries.push(deliveryOf(message, String(created)));
      message.ack();
    }
  }
}

function deliveryOf(message: JsMsg, stream: string): Delivery {
  const header = (name: string): string => message.headers?.get(name) ?? '';
  const atMs = Date.now();
  const text = message.string();
  return {
    stream, sequence: message.seq, id: header('ce-id'), row: header('ce-partitionkey'), again: message.redelivered,
    version: text === '' ? undefined : body.parse(JSON.parse(text)).version, repair: header('Repair') === 'true',
    atMs, lagMs: atMs - Date.parse(header('ce-time')),
  };
}
