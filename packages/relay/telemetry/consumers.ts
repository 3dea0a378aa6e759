/**
 * Who consumes the stream, and how far each is behind. The relay that leads looks, for its process report: the api talks to no NATS.
 * It needs the right to list consumers (deploy/nats/nats-server.conf).
 */
import type { ConsumerInfo, JetStreamManager } from 'nats';
import { NatsError } from 'nats';
import { STREAM } from '@inventory/domain/subjects.ts';

/** As many are told of, at most. */
const MOST = 50;
const MESSAGE_NOT_FOUND = 10037;
const STREAM_NOT_FOUND = 10059;

export interface ConsumerStanding {
  readonly name: string;
  /** It outlives its connection. */
  readonly durable: boolean;
  /** The subjects that it takes; empty for all. */
  readonly filter: readonly string[];
  /** Messages that were not delivered yet. */
  readonly pending: number;
  /** Delivered, and neither acknowledged nor given up. */
  readonly unacknowledged: number;
  /** Of these, those that were delivered more than once. */
  readonly redelivered: number;
  /** Sequence up to which all is acknowledged; 0 before the first. */
  readonly acknowledged: number;
  /** When the first event behind that was committed; null where nothing is left to do. */
  readonly behind_since: string | null;
}

/** Those of a stream that is not there, as before the first event, are none. */
async function list({ consumers }: Pick<JetStreamManager, 'consumers'>): Promise<readonly ConsumerInfo[]> {
  const found: ConsumerInfo[] = [];
  try {
    for await (const info of consumers.list(STREAM)) found.push(info);
  } catch (error) {
    if (error instanceof NatsError && error.api_error?.err_code === STREAM_NOT_FOUND) return [];
    throw error;
  }
  return found;
}

/** The consumers of the stream by name, those first that last. */
export async function readConsumers({ consumers, streams }: Pick<JetStreamManager, 'consumers' | 'streams'>): Promise<readonly ConsumerStanding[]> {
  const found = await list({ consumers });
  const shown = found.toSorted((a, b) => Number(isDurable(b)) - Number(isDurable(a)) || (a.name < b.name ? -1 : 1)).slice(0, MOST);
  const { state } = shown.some(isBehind) ? await streams.info(STREAM) : { state: { first_seq: 1 } };
  /** Many stand at the same message: at the end of the stream. */
  const times = new Map<number, string | null>();
  const standings: ConsumerStanding[] = [];
  for (const info of shown) {
    const next = Math.max(info.ack_floor.stream_seq + 1, state.first_seq);
    if (isBehind(info) && !times.has(next)) times.set(next, await timeOf(streams, next));
    standings.push({
      name: info.name, durable: isDurable(info), filter: filterOf(info), pending: info.num_pending, unacknowledged: info.num_ack_pending,
      redelivered: info.num_redelivered, acknowledged: info.ack_floor.stream_seq, behind_since: isBehind(info) ? times.get(next) ?? null : null,
    });
  }
  return standings;
}

const isDurable = ({ config }: ConsumerInfo): boolean => config.durable_name !== undefined && config.durable_name !== '';
const isBehind = ({ num_pending: pending, num_ack_pending: unacknowledged }: ConsumerInfo): boolean => pending + unacknowledged > 0;

function filterOf({ config }: ConsumerInfo): readonly string[] {
  const { filter_subject: one, filter_subjects: several } = config;
  return several ?? (one === undefined || one === '' ? [] : [one]);
}

/** When the event of a message was committed. Null where the message has just gone: the stream keeps it for seven days. */
async function timeOf(streams: JetStreamManager['streams'], sequence: number): Promise<string | null> {
  try {
    const message = await streams.getMessage(STREAM, { seq: sequence });
    const time = new Date(message.header.get('ce-time'));
    return Number.isNaN(time.getTime()) ? message.time.toISOString() : time.toISOString();
  } catch (error) {
    if (error instanceof NatsError && error.api_error?.err_code === MESSAGE_NOT_FOUND) return null;
    throw error;
  }
}
