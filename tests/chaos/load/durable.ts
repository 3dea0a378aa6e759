/**
 * A consumer as docs/events.md advises another team to run it: a durable JetStream consumer that acknowledges each message, is
 * made only where it is missing, and leaves a server that has been of no use for some seconds. It binds again when the stream is
 * recreated. Faults of the product's connections do not affect its own.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { AckPolicy, DeliverPolicy, NatsError, connect, nanos } from 'nats';
import type { ConsumerInfo, JetStreamManager, JsMsg, NatsConnection } from 'nats';
import { z } from 'zod';

export interface Delivery {
  /** The creation date of the stream, which identifies it. */
  readonly stream: string;
  readonly sequence: number;
  /** The server's own count of what it delivers to this consumer. */
  readonly nth: number;
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
/** A server that has been of no use for this long is left for another one. */
const PATIENCE_MS = 4_000;
const CONSUMER_NOT_FOUND = 10_014;

const body = z.object({ version: z.int().optional() });

/** Consumes until the signal aborts. While servers or the stream are missing, it tries again. */
export function startDurable(
  { servers, signal }: { readonly servers: readonly string[]; readonly signal: AbortSignal },
): Durable {
  const deliveries: Delivery[] = [];
  const work = async (): Promise<void> => {
    for (let first = 0; !signal.aborted; first = (first + 1) % servers.length) {
      const nats = await connectPatiently([...servers.slice(first), ...servers.slice(0, first)], signal);
      await consumeWhileOfUse(nats, deliveries, signal);
      // Its end is not waited for: towards a frozen server that takes as long as the server is frozen.
      nats.close().catch(() => undefined);
    }
  };
  return { deliveries, done: work().catch((error: unknown) => { if (!signal.aborted) throw error; }) };
}

async function connectPatiently(servers: readonly string[], signal: AbortSignal): Promise<NatsConnection> {
  for (;;) {
    signal.throwIfAborted();
    try {
      return await connect({
        servers: servers.map((url) => new URL(url).host), noRandomize: true, maxReconnectAttempts: -1, reconnectTimeWait: 100,
        timeout: API_MS, pingInterval: 2_000, maxPingOut: 2, name: DURABLE,
      });
    } catch {
      await delay(PAUSE_MS);
    }
  }
}

/** Resolves when the signal aborts, or nothing has worked on this connection for as long as its patience lasts. */
async function consumeWhileOfUse(nats: NatsConnection, deliveries: Delivery[], signal: AbortSignal): Promise<void> {
  let wellAt = performance.now();
  while (!signal.aborted && performance.now() - wellAt < PATIENCE_MS) {
    try {
      await pullSome(nats, deliveries, signal);
      wellAt = performance.now();
    } catch {
      await delay(PAUSE_MS);
    }
  }
}

async function pullSome(nats: NatsConnection, deliveries: Delivery[], signal: AbortSignal): Promise<void> {
  const jsm = await nats.jetstreamManager({ timeout: API_MS, checkAPI: false });
  const { created } = await jsm.streams.info(STREAM);
  const { num_pending: pending } = await ensureConsumer(jsm);
  const consumer = await nats.jetstream({ timeout: API_MS }).consumers.get(STREAM, DURABLE);
  let came = 0;
  // After some pulls it checks again which stream is there.
  for (let pulls = 0; pulls < 5 && !signal.aborted; pulls += 1) {
    const messages = await consumer.fetch(PULL);
    for await (const message of messages) {
      deliveries.push(deliveryOf(message, String(created)));
      message.ack();
      came += 1;
    }
  }
  if (came === 0 && pending > 0 && !signal.aborted) throw new Error(`none of ${pending} pending messages came`);
}

/**
 * To look for it asks the servers that keep it. To add it, even where it is there, asks the leader of the whole cluster: a
 * server of 2.9 that does not know who that is refuses, although the consumer itself is well.
 */
async function ensureConsumer(jsm: JetStreamManager): Promise<ConsumerInfo> {
  try {
    return await jsm.consumers.info(STREAM, DURABLE);
  } catch (error) {
    if (!(error instanceof NatsError) || error.api_error?.err_code !== CONSUMER_NOT_FOUND) throw error;
    return await jsm.consumers.add(STREAM, {
      durable_name: DURABLE, ack_policy: AckPolicy.Explicit, ack_wait: nanos(ACK_WAIT_MS), deliver_policy: DeliverPolicy.All,
      num_replicas: REPLICAS,
    });
  }
}

function deliveryOf(message: JsMsg, stream: string): Delivery {
  const header = (name: string): string => message.headers?.get(name) ?? '';
  const atMs = Date.now();
  const text = message.string();
  return {
    stream, sequence: message.seq, nth: message.info.deliverySequence, id: header('ce-id'), row: header('ce-partitionkey'), again: message.redelivered,
    version: text === '' ? undefined : body.parse(JSON.parse(text)).version, repair: header('Repair') === 'true',
    atMs, lagMs: atMs - Date.parse(header('ce-time')),
  };
}
