/**
 * Where a leader begins, and begins again whenever it is in doubt: stream and log are made to agree. Each step is a statement
 * of its own, on disk, and may be cut short and repeated.
 *
 *   1  read the tail of the stream
 *   2  take out of the runs what was published again, and what has a stranger's message in its place: it is missing
 *   3  list what was passed over, or overtaken, before the newest message of the tail, where a crash has forgotten that
 *   4  mark what is in the tail
 *   5  put back what the stream has lost
 */
import { ensureStream, streamDrift } from '../stream/stream.ts';
import { listedBeyond, listOvertaken, listUnfound } from './left-behind.ts';
import { markPublished, readFrontier, takeOut } from './runs.ts';
import type { Published, Standing } from './runs.ts';
import { placedAt } from './placed-at.ts';
import { readTail } from './tail.ts';
import type { Found } from './tail.ts';
import { refill } from './refill.ts';
import type { BatchDeps } from './deps.ts';

export interface Verified extends Standing {
  /** The stream's last sequence, with everything up to it marked. */
  readonly tail: number;
}

/**
 * Makes log and stream agree, and says where the leader stands.
 * @throws {StreamConflict}, {TermOver}, {PublishInterrupted}, or what Postgres and NATS throw; it may be repeated
 */
export async function verify(deps: BatchDeps, signal: AbortSignal): Promise<Verified> {
  const { db, streams, lead, replicas, observe } = deps;
  const { info, epoch } = await ensureStream(deps, { replicas });
  const stream = String(info.created);
  const { first_seq: first, last_seq: last } = info.state;
  const { found, foreign, agreed } = await readTail({ db, streams }, { stream, first, last, signal });
  const taken = [...found, ...foreign].map(({ sequence }) => sequence);
  const gone = [
    ...await placedAt(db, stream, { after: agreed, sequences: taken }),
    ...found.filter(({ placed }) => placed !== null).map(({ position }) => position),
  ];
  if (gone.length > 0) await takeOut(db, lead, stream, gone);
  const seconds = await markFound(deps, { stream, epoch, found, gone: new Set(gone) });
  const sequence = await refill(deps, { stream, epoch, last }, signal);
  const frontier = await readFrontier(db);
  observe.published(seconds);
  if (foreign.length > 0) observe.foreign({ stream, messages: foreign });
  observe.verified({
    sequence, marked: found.length, refilled: sequence - last, drift: streamDrift(info, { replicas }),
  });
  return { stream, epoch, tail: sequence, frontier, passed: new Set(await listedBeyond(db, frontier)) };
}

/** Marks what is in the tail. @returns the seconds from each event's time to its mark */
async function markFound(
  { db, lead, batchSize }: BatchDeps,
  { stream, epoch, found, gone }: {
    readonly stream: string; readonly epoch: number; readonly found: readonly Found[]; readonly gone: ReadonlySet<number>;
  },
): Promise<readonly number[]> {
  if (found.length === 0) return [];
  const frontier = await readFrontier(db);
  // What stands out of its order was passed over before it was sent. Where that is forgotten it is listed until it is marked: no
  // run may lie around it.
  let newest = 0;
  const inOrder: number[] = [];
  for (const { position, repair } of found) {
    if (repair || position < newest) continue;
    newest = position;
    inOrder.push(position);
  }
  await listUnfound(db, lead, { frontier, upTo: newest, found: inOrder });
  await listOvertaken(db, lead, found.filter(({ repair }) => !repair).map(({ position }) => position));
  const passed = new Set(await listedBeyond(db, frontier));
  const marks = found.map(({ position, sequence, repair }): Published => ({
    position, sequence, repair, listed: repair || gone.has(position) || passed.has(position) || position <= frontier,
  }));
  const seconds: number[] = [];
  for (let from = 0; from < marks.length; from += batchSize) {
    const now = await markPublished(db, lead, { stream, epoch, frontier, passed, waits: true }, marks.slice(from, from + batchSize));
    seconds.push(...found.slice(from, from + batchSize).map(({ timestamp }) => (now - timestamp.getTime()) / 1000));
  }
  return seconds;
}
