/** What is left of replays in NATS: cancel one with its stream, and remove streams a day after their replays last moved. */
import { sql } from 'kysely';
import type { JetStreamManager } from 'nats';
import type { Database } from '@inventory/db/pool.ts';
import { replayStream } from '@inventory/domain/subjects.ts';
import { streamInfo } from '../stream/stream.ts';

const KEEP_HOURS = 24;

/**
 * Deletes the stream of a replay, at which a process that publishes it stops, and marks it as cancelled once it has none. Where that
 * fails it stays `cancelling`, which the relay that leads goes on with. May be repeated.
 * @returns false when there is no such replay
 */
export async function cancelReplay(db: Database, streams: JetStreamManager['streams'], id: string): Promise<boolean> {
  const { numUpdatedRows } = await db.updateTable('replay_jobs')
    .set({ state: 'cancelling', updated_at: sql`clock_timestamp()` }).where('id', '=', id).executeTakeFirst();
  if (numUpdatedRows === 0n) return false;
  await deleteStream(streams, id);
  await db.updateTable('replay_jobs').set({ state: 'cancelled', updated_at: sql`clock_timestamp()` }).where('id', '=', id).execute();
  return true;
}

/**
 * Deletes the streams of replays that have not moved for a day, whose messages have expired. A replay that was not done
 * cannot be resumed any more, and is cancelled. Streams that this log does not know are left alone.
 * @returns the ids of the replays whose streams were deleted
 */
export async function tidyReplays(db: Database, streams: JetStreamManager['streams']): Promise<readonly string[]> {
  const isOld = sql`updated_at < clock_timestamp() - make_interval(hours => ${KEEP_HOURS})`;
  const { rows } = await sql<{ id: string }>`SELECT id FROM replay_jobs WHERE ${isOld}`.execute(db);
  const old = new Map(rows.map(({ id }) => [replayStream(id), id]));
  const tidied: string[] = [];
  for await (const name of streams.names('replay.>')) {
    const id = old.get(name);
    if (id === undefined) continue;
    // Once more: somebody may have gone on with it since.
    const { rows: [still] } = await sql`
      UPDATE replay_jobs SET state = CASE state WHEN 'done' THEN state ELSE 'cancelled' END WHERE id = ${id} AND ${isOld} RETURNING id`.execute(db);
    if (still === undefined) continue;
    await deleteStream(streams, id);
    tidied.push(id);
  }
  return tidied;
}

async function deleteStream(streams: JetStreamManager['streams'], id: string): Promise<void> {
  if (await streamInfo(streams, replayStream(id)) !== undefined) await streams.delete(replayStream(id));
}
