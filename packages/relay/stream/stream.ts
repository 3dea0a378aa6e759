/**
 * The stream that the log is published to. Which stream is ours is written down in relay_stream when it is made: a
 * stream of the same name with another creation date is somebody else's, or one made anew, and publishing there would
 * tell its consumers a history that it does not have. The relay then stops and says so. A configuration that differs
 * is reported; nothing is ever changed or deleted from here.
 */
import { isDeepStrictEqual } from 'node:util';
import { NatsError, DiscardPolicy, RetentionPolicy, StorageType, nanos } from 'nats';
import type { JetStreamManager, StreamConfig, StreamInfo } from 'nats';
import { logEpoch } from '@inventory/db/events.ts';
import type { Database } from '@inventory/db/pool.ts';
import { liveSubjects } from '@inventory/domain/subjects.ts';

export const STREAM = 'INVENTORY';
const MAX_AGE_MS = 7 * 24 * 3_600_000;
const STREAM_NOT_FOUND = 10059;

/** What the relay asks of JetStream's management. */
export type StreamApi = Pick<JetStreamManager['streams'], 'info' | 'add' | 'getMessage'>;

/** The log and the stream contradict each other. Only a person can say which one is right. */
export class StreamConflict extends Error {
  override readonly name = 'StreamConflict';
}

/** What the stream is made with. */
export function streamConfig({ epoch, replicas }: { readonly epoch: number; readonly replicas: number }) {
  return {
    name: STREAM,
    description: `inventory event log, epoch ${epoch}`,
    subjects: [...liveSubjects],
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.New,
    max_age: nanos(MAX_AGE_MS),
    deny_delete: true,
    deny_purge: true,
    num_replicas: replicas,
  } satisfies Partial<StreamConfig>;
}

/**
 * The stream, made if this log never had one.
 * @throws {StreamConflict} when it is gone, foreign, or of another epoch
 */
export async function ensureStream(
  { db, streams }: { readonly db: Database; readonly streams: StreamApi },
  { replicas }: { readonly replicas: number },
): Promise<StreamInfo> {
  const epoch = await logEpoch(db);
  const noted = await db
    .selectFrom('relay_stream')
    .select(['created', 'epoch'])
    .where('name', '=', STREAM)
    .executeTakeFirst();
  const found = await streamInfo(streams);
  if (noted === undefined) {
    const used = await db
      .selectFrom('events')
      .select('id')
      .where('published_seq', 'is not', null)
      .limit(1)
      .executeTakeFirst();
    if (used !== undefined) throw new StreamConflict(`the log has been published, but not to which stream ${STREAM}`);
    const info = found ?? await streams.add(streamConfig({ epoch, replicas }));
    // Whoever made a stream and died before writing it down left it empty.
    if (info.state.last_seq > 0) {
      throw new StreamConflict(`a stream ${STREAM} with messages is there that this log did not make`);
    }
    await db
      .insertInto('relay_stream')
      .values({ name: STREAM, created: String(info.created), epoch })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    return info;
  }
  if (found === undefined) throw new StreamConflict(`the stream ${STREAM}, made ${noted.created}, is gone`);
  if (String(found.created) !== noted.created) {
    throw new StreamConflict(`the stream ${STREAM} was made ${String(found.created)}; ours was made ${noted.created}`);
  }
  if (noted.epoch !== epoch) {
    throw new StreamConflict(`the stream ${STREAM} belongs to epoch ${noted.epoch}, the log is in epoch ${epoch}`);
  }
  return found;
}

/** Undefined when there is no such stream; every other failure is thrown, because it says nothing about the stream. */
export async function streamInfo(
  streams: Pick<StreamApi, 'info'>,
  name: string = STREAM,
): Promise<StreamInfo | undefined> {
  try {
    return await streams.info(name);
  } catch (error) {
    if (error instanceof NatsError && error.api_error?.err_code === STREAM_NOT_FOUND) return undefined;
    throw error;
  }
}

/** In which ways the stream is not configured as we would make it, in words. */
export function streamDrift(info: StreamInfo, { replicas }: { readonly replicas: number }): readonly string[] {
  const actual = new Map<string, unknown>(Object.entries(info.config));
  const { name: _name, description: _description, ...expected } = streamConfig({ epoch: 0, replicas });
  return Object.entries(expected).flatMap(([key, value]) => {
    const is = actual.get(key);
    return isDeepStrictEqual(is, value) ? [] : [`${key} is ${JSON.stringify(is)}, not ${JSON.stringify(value)}`];
  });
}
