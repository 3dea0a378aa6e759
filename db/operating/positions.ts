/**
 * Times as places in the log. It has no index of time, which every event would have to be entered in: a place is found by halving,
 * in about 20 looks by position [a million events: 8 ms]. An event has the time of its decision, and draws its position some milliseconds
 * later, seconds at worst: of two that were committed side by side, the later may stand first. So a time is one of the places that fit.
 */
import { sql } from 'kysely';
import type { Database } from '../pool.ts';

/**
 * The last position before the first event at a time or later, among those up to `newest`.
 * @param at RFC 3339
 */
export async function positionBefore(db: Database, at: string, newest: number): Promise<number> {
  const { rows: [asked] } = await sql<{ at: Date }>`SELECT ${at}::timestamptz AS at`.execute(db);
  let [below, above] = [0, newest];
  while (asked !== undefined && below < above) {
    const middle = Math.floor((below + above) / 2);
    // Of the first event behind the middle: positions have gaps.
    const next = await db.selectFrom('events').select(['position', 'timestamp']).where('position', '>', middle)
      .orderBy('position').limit(1).executeTakeFirst();
    if (next === undefined || next.position > newest || next.timestamp >= asked.at) above = middle;
    else below = next.position;
  }
  return below;
}
