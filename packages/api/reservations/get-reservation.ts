/** One reservation, as of the database's clock. */
import type { Database } from '@inventory/db/pool.ts';
import type { Reservation } from '@inventory/domain/reservation.ts';
import { sql } from 'kysely';
import { reservationOf } from '../commit/reservation-row.ts';

export async function readReservation(
  db: Database, id: string,
): Promise<{ readonly reservation: Reservation; readonly now: Date } | undefined> {
  const row = await db.selectFrom('reservations').selectAll()
    .select(sql<Date>`clock_timestamp()`.as('now'))
    .where('id', '=', id).executeTakeFirst();
  return row === undefined ? undefined : { reservation: reservationOf(row), now: row.now };
}
