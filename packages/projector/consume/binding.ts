/** Which stream the fast way may come from, and the durable consumer that all projectors share. */
import { AckPolicy, DeliverPolicy, NatsError, nanos } from 'nats';
import type { Consumer, JetStreamManager, NatsConnection } from 'nats';
import type { Database } from '@inventory/db/pool.ts';

export const STREAM = 'INVENTORY';
export const DURABLE = 'projector';

/** A message that is not acknowledged comes again after this long: its projector has died, or Redis was away. */
const ACK_WAIT_MS = 5_000;
/** What may be on its way to all projectors together. */
const MAX_ACK_PENDING = 10_000;
const API_TIMEOUT_MS = 2_000;

export interface Bound {
  readonly consumer: Consumer;
  /** The epoch whose keys the events of this stream belong to. */
  readonly epoch: number;
  /** The stream's date of creation: another one means another stream. */
  readonly created: string;
}

/** Why nothing is pulled, in words; sealing carries the view meanwhile. */
export interface Unbound { readonly waitingFor: string }

/**
 * Binds to the consumer on the stream that relay_stream names, and makes the consumer where it is missing. A stream of
 * another date of creation is not the one that this log is published to: its events are not ours.
 * @throws what NATS or Postgres throw when they do not answer
 */
export async function bind(db: Database, nats: NatsConnection): Promise<Bound | Unbound> {
  const noted = await db.selectFrom('relay_stream').select(['created', 'epoch']).where('name', '=', STREAM).executeTakeFirst();
  if (noted === undefined) return { waitingFor: 'the relay has not made the stream yet' };
  const jsm = await nats.jetstreamManager({ timeout: API_TIMEOUT_MS, checkAPI: false });
  const info = await unlessMissing(() => jsm.streams.info(STREAM));
  if (info === undefined) return { waitingFor: `the stream ${STREAM} is missing` };
  const created = String(info.created);
  if (created !== noted.created) {
    return { waitingFor: `the stream ${STREAM} of ${created} is not the relay's of ${noted.created}` };
  }
  await ensureConsumer(jsm);
  const consumer = await nats.jetstream({ timeout: API_TIMEOUT_MS }).consumers.get(STREAM, DURABLE);
  return { consumer, epoch: noted.epoch, created };
}

async function ensureConsumer(jsm: JetStreamManager): Promise<void> {
  if (await unlessMissing(() => jsm.consumers.info(STREAM, DURABLE)) !== undefined) return;
  await jsm.consumers.add(STREAM, {
    durable_name: DURABLE,
    description: 'The availability view in Redis. Shared by all projectors; order does not matter to them.',
    ack_policy: AckPolicy.Explicit,
    ack_wait: nanos(ACK_WAIT_MS),
    max_ack_pending: MAX_ACK_PENDING,
    deliver_policy: DeliverPolicy.All,
  });
}

/** The answer, or undefined when there is no such stream or consumer. */
async function unlessMissing<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof NatsError && error.api_error?.code === 404) return undefined;
    throw error;
  }
}
