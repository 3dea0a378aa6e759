/** The stream that events are consumed from, and the durable consumer that all projectors share. */
import { AckPolicy, DeliverPolicy, NatsError, nanos } from 'nats';
import type { Consumer, JetStreamManager, NatsConnection } from 'nats';
import type { Database } from '@inventory/db/pool.ts';
import { streamStanding } from '@inventory/db/stream-standing.ts';
import { STREAM } from '@inventory/domain/subjects.ts';

export const DURABLE = 'projector';

/** After this long a message without acknowledgement comes again: its projector has died, or Redis was away. */
const ACK_WAIT_MS = 5_000;
/** Messages that may be without acknowledgement, for all projectors together. */
const MAX_ACK_PENDING = 10_000;
const API_TIMEOUT_MS = 2_000;

export interface Binding {
  readonly consumer: Consumer;
  /** The epoch whose keys the events of this stream belong to. */
  readonly epoch: string;
  /** When the stream was made: another date means another stream. */
  readonly created: string;
}

/** Why nothing is consumed, in words. Sealing alone keeps the view up to date meanwhile. */
interface NoBinding { readonly waitingFor: string }

/**
 * The consumer on the log's own stream; it is made where it is missing. The events of any other stream are not this log's.
 * @throws what NATS or Postgres throw when they do not answer
 */
export async function findBinding(db: Database, nats: NatsConnection): Promise<Binding | NoBinding> {
  const jsm = await nats.jetstreamManager({ timeout: API_TIMEOUT_MS, checkAPI: false });
  const info = await unlessMissing(() => jsm.streams.info(STREAM));
  const created = info === undefined ? undefined : String(info.created);
  const { state, epochName: epoch, problem } = await streamStanding(db, {
    name: STREAM, created, lastSequence: info?.state.last_seq ?? 0, description: info?.config.description,
  });
  if (state === 'conflict') return { waitingFor: problem };
  if (state === 'none' || created === undefined) return { waitingFor: 'the relay has not made the stream yet' };
  const { consumers } = nats.jetstream({ timeout: API_TIMEOUT_MS });
  const known = await unlessMissing(() => consumers.get(STREAM, DURABLE));
  if (known !== undefined) return { consumer: known, epoch, created };
  await addConsumer(jsm);
  return { consumer: await consumers.get(STREAM, DURABLE), epoch, created };
}

async function addConsumer(jsm: JetStreamManager): Promise<void> {
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
