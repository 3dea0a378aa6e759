/** References that were forgotten with their customers: the log keeps them, and nobody is shown them. */
import type { LoggedEvent } from '@inventory/db/events.ts';
import type { Database } from '@inventory/db/pool.ts';
import { sql } from 'kysely';
import { z } from 'zod';

/** What is shown in the place of a reference that was forgotten. */
export const ERASED = 'erased';

const ofHold = z.looseObject({ reservation_id: z.uuid(), reference: z.string() });

/** Of these reservations, whose events have a reference, those that have lost it. Asks nobody where there are none. */
export async function lostReferences(db: Database, ids: readonly string[]): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set();
  const rows = await db.selectFrom('reservations').select('id')
    .where('id', '=', sql<string>`ANY (${[...new Set(ids)]}::uuid[])`).where('reference', 'is', null).execute();
  return new Set(rows.map(({ id }) => id));
}

/** Events as they are shown. */
export async function withoutLostReferences(db: Database, events: readonly LoggedEvent[]): Promise<readonly LoggedEvent[]> {
  const holds = new Map(events.flatMap((event) => {
    const { data } = event.event_type.startsWith('reservation.') ? ofHold.safeParse(event.payload) : {};
    return data === undefined ? [] : [[event.id, data]];
  }));
  const lost = await lostReferences(db, [...holds.values()].map(({ reservation_id: id }) => id));
  if (lost.size === 0) return events;
  return events.map((event) => {
    const hold = holds.get(event.id);
    return hold === undefined || !lost.has(hold.reservation_id) ? event : { ...event, payload: { ...hold, reference: ERASED } };
  });
}
