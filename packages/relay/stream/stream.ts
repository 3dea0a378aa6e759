/**
 * The stream that the log is published to. Which stream that is, db/stream-standing.ts knows; where it contradicts the
 * log, the relay stops and says so. A configuration that differs is reported; of that nothing is changed but for the subjects
 * that an older release did not know.
 */
import { isDeepStrictEqual } from 'node:util';
import { NatsError, DiscardPolicy, RetentionPolicy, StorageType, nanos } from 'nats';
import type { JetStreamManager, StreamConfig, StreamInfo } from 'nats';
import type { Database } from '@inventory/db/pool.ts';
import { noteStream, streamStanding } from '@inventory/db/stream-standing.ts';
import type { StreamStanding } from '@inventory/db/stream-standing.ts';
import { STREAM, streamSubjects } from '@inventory/domain/subjects.ts';
import { TermOver } from '../leader/fence.ts';
import type { Lead } from '../leader/fence.ts';

/** How long the stream keeps a message. */
export const MAX_AGE_MS = 7 * 24 * 3_600_000;
const STREAM_NOT_FOUND = 10059;

/** The calls of JetStream's management that the relay needs. */
export type StreamApi = Pick<JetStreamManager['streams'], 'info' | 'add' | 'update' | 'getMessage'>;

/** The log and the stream contradict each other, and only a person can say which one is right. */
export class StreamConflict extends Error {
  override readonly name = 'StreamConflict';
}

/** The epoch in it is read by processes that still talk to a former primary: they stop. */
export function describeStream(epoch: number): string {
  return `inventory event log, epoch ${epoch}`;
}

/** The configuration that the stream is made with. */
export function streamConfig({ epoch, replicas }: { readonly epoch: number; readonly replicas: number }) {
  return {
    name: STREAM,
    description: describeStream(epoch),
    subjects: [...streamSubjects],
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.New,
    max_age: nanos(MAX_AGE_MS),
    // What NATS has anyway. With other values of these it drops messages without a word, refuses large ones for good, answers
    // no publish, or lets one message wipe out others. max_bytes is left to operators: a stream that is full says so.
    max_msgs: -1,
    max_msgs_per_subject: -1,
    max_msg_size: -1,
    no_ack: false,
    allow_rollup_hdrs: false,
    // Sealed, it takes nothing any more, and nothing unseals it.
    sealed: false,
    deny_delete: true,
    deny_purge: true,
    num_replicas: replicas,
  } satisfies Partial<StreamConfig>;
}

/**
 * The stream; it is made if this log never had one.
 * @throws {StreamConflict} when it is gone, foreign, or of another epoch; {TermOver}
 */
export async function ensureStream(
  { db, lead, streams }: { readonly db: Database; readonly lead: Lead; readonly streams: StreamApi },
  { replicas }: { readonly replicas: number },
): Promise<{ readonly info: StreamInfo; readonly epoch: number }> {
  const found = await streamInfo(streams);
  const { state, epoch, problem } = await standingOf(db, found);
  if (state === 'conflict') throw new StreamConflict(problem);
  if (state === 'ours' && found !== undefined) return { info: await withAllSubjects(streams, found), epoch };
  // A leader that made the stream and died before it wrote that down has left it empty.
  const info = found === undefined ? await streams.add(streamConfig({ epoch, replicas })) : await withAllSubjects(streams, found);
  if (!await noteStream(db, { name: STREAM, created: String(info.created), epoch }, lead)) throw new TermOver(lead.term);
  return { info, epoch };
}

/** A stream that an older release has made takes from now on what that release did not publish. Subjects are added, none is taken away. */
async function withAllSubjects(streams: StreamApi, info: StreamInfo): Promise<StreamInfo> {
  const { subjects } = info.config;
  if (streamSubjects.every((subject) => subjects.includes(subject))) return info;
  const ours = new Set<string>(streamSubjects);
  return streams.update(STREAM, { subjects: [...streamSubjects, ...subjects.filter((subject) => !ours.has(subject))] });
}

/** What the stream that NATS has is to this log. */
export function standingOf(db: Database, info: StreamInfo | undefined): Promise<StreamStanding> {
  return streamStanding(db, {
    name: STREAM,
    created: info === undefined ? undefined : String(info.created),
    lastSequence: info?.state.last_seq ?? 0,
    description: info?.config.description,
  });
}

/** A stream, undefined when there is none of this name. Any other failure says nothing about the stream, and is thrown. */
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

/** What brings messages into the stream that no relay has published, or stores them under other subjects. */
const NOT_OURS = ['mirror', 'sources', 'subject_transform'];

/** How the stream's configuration differs from the one that the relay makes, in words. */
export function streamDrift(info: StreamInfo, { replicas }: { readonly replicas: number }): readonly string[] {
  const actual = new Map<string, unknown>(Object.entries(info.config));
  const { name: _name, description: _description, ...expected } = streamConfig({ epoch: 0, replicas });
  const different = Object.entries(expected).flatMap(([key, value]) => {
    // NATS leaves some settings out that are off.
    const is = actual.get(key) ?? (value === false ? false : undefined);
    return isDeepStrictEqual(is, value) ? [] : [`${key} is ${JSON.stringify(is)}, not ${JSON.stringify(value)}`];
  });
  const added = NOT_OURS.filter((key) => actual.has(key)).map((key) => `${key} is ${JSON.stringify(actual.get(key))}, and must not be set`);
  return [...different, ...added];
}
