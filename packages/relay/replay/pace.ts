/** The pace of a replay, which is never urgent: it keeps its rate, and live events go first. */
import { sql } from 'kysely';
import type { Database } from '@inventory/db/pool.ts';
import { sleep } from '@inventory/runtime/sleep.ts';
import { held, skipped } from '../publish/left-behind.ts';

// Longer than the relay needs on a quiet system, shorter than a consumer notices.
const LIVE_LATE_MS = 250;
const PAUSE_MS = 100;
// A relay that cannot catch up does not hold up a replay for ever.
const MAX_PAUSES = 10;

/**
 * Waits before a page of so many events: as long as the rate says, then, for at most a second, while a leading relay is
 * behind with live events. Without a running relay only the rate counts.
 */
export async function giveWay(
  db: Database,
  {
    events,
    rate,
    signal,
  }: { readonly events: number; readonly rate: number | undefined; readonly signal: AbortSignal },
): Promise<void> {
  if (rate !== undefined) await sleep((1000 * events) / rate, signal);
  for (let pauses = 0; pauses < MAX_PAUSES && !signal.aborted && await liveIsLate(db); pauses += 1) {
    await sleep(PAUSE_MS, signal);
  }
}

async function liveIsLate(db: Database): Promise<boolean> {
  const { rows } = await sql<{ late: boolean }>`
    SELECT EXISTS (SELECT FROM relay_leader WHERE beat_at > clock_timestamp() - interval '2 seconds')
      AND (SELECT e.timestamp < clock_timestamp() - make_interval(secs => ${LIVE_LATE_MS / 1000})
           FROM events_unpublished e WHERE NOT ${held} AND NOT ${skipped} ORDER BY e.position LIMIT 1) AS late`.execute(db);
  return rows[0]?.late === true;
}
