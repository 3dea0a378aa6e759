/** How the view stands against the log: what Redis and Postgres show of it. */
import { sql } from 'kysely';
import { newestPosition, settledHere } from '@inventory/db/events.ts';
import { epochName } from '@inventory/db/known-server.ts';
import type { Database } from '@inventory/db/pool.ts';
import { decodeSeal } from '@inventory/view/codec.ts';
import { LAST_SEALED_KEY, numberOf, positionKey, WATERMARK_KEY } from '@inventory/view/keys.ts';
import type { Redis } from '@inventory/runtime/redis/link.ts';
import { pipelined } from '@inventory/runtime/redis/scripts.ts';

export interface ViewState {
  readonly epoch: number;
  /** P: every event up to it is in the view. null: there is no view of this epoch. */
  readonly position: number | null;
  /** F, the settled position: nothing new appears at or below it. */
  readonly settled: number;
  readonly newest: number;
  /** Up to when the view is complete, and how long ago that is in ms. null: not sealed within the last two seconds. */
  readonly watermark: string | null;
  readonly watermark_age_ms: number | null;
  /** The last such instant within five minutes. */
  readonly last_sealed: string | null;
}

/**
 * Without Redis it is what Postgres shows: there is no view then.
 * @throws what Postgres or Redis throw
 */
export async function readViewState({ db, redis }: { readonly db: Database; readonly redis: Redis | undefined }): Promise<ViewState> {
  const { rows } = await sql<{ epoch: string; now: number }>`
    SELECT ${epochName} AS epoch, floor(extract(epoch FROM clock_timestamp()) * 1000)::int8 AS now FROM log_epoch`.execute(db);
  const [clock] = rows;
  if (clock === undefined) throw new Error('the log has no epoch');
  const [watermark, lastSealed, position] = redis === undefined ? [] : await pipelined(redis, (pipeline) => {
    pipeline.get(WATERMARK_KEY).get(LAST_SEALED_KEY).get(positionKey(clock.epoch));
  });
  const settled = await settledHere(db);
  const newest = await newestPosition(db);
  const sealedAt = instantOf(watermark, clock.epoch);
  return {
    epoch: numberOf(clock.epoch),
    position: typeof position === 'string' ? Number(position) : null,
    settled,
    newest,
    watermark: sealedAt?.toISOString() ?? null,
    watermark_age_ms: sealedAt === undefined ? null : Math.max(0, clock.now - sealedAt.getTime()),
    last_sealed: instantOf(lastSealed, clock.epoch)?.toISOString() ?? null,
  };
}

/** The instant of a seal; undefined for a seal of another epoch, which says nothing about this one. */
function instantOf(text: unknown, epoch: string): Date | undefined {
  if (typeof text !== 'string') return undefined;
  const seal = decodeSeal(text);
  return seal.epoch === epoch ? new Date(seal.atMs) : undefined;
}
