/** A row of the table reservations, and the domain's Reservation; and the open holds that counts may end or name. */
import type { Reservation } from '@inventory/domain/reservation.ts';
import { reservationStatuses } from '@inventory/domain/reservation.ts';
import { MAX_NAMED, MAX_RELEASED } from '@inventory/domain/shortfall.ts';
import type pg from 'pg';

export interface ReservationRow {
  id: string; stock_id: string; product_id: string; store_id: string; customer_id: string | null; quantity: number;
  status: string; expires_at: Date; created_at: Date; created_by: string; batch_id: string | null;
  reference: string | null; confirmed_quantity: number | null; closed_at: Date | null; customer_ref: string | null;
  returned_quantity: number;
}

/** From the row to the domain's Reservation. @throws {Error} on a row that the table's CHECKs do not allow */
export function reservationOf(row: ReservationRow): Reservation {
  const hold = {
    id: row.id, stockId: row.stock_id, productId: row.product_id, storeId: row.store_id,
    customerRef: row.customer_ref, quantity: row.quantity, batchId: row.batch_id, reference: row.reference,
    createdBy: row.created_by, createdAt: row.created_at, expiresAt: row.expires_at,
  };
  const status = reservationStatuses.find((known) => known === row.status);
  if (status === 'PENDING') return { ...hold, status };
  if (row.closed_at !== null) {
    if (status === 'CANCELLED' || status === 'EXPIRED') return { ...hold, status, closedAt: row.closed_at };
    if (status === 'CONFIRMED' && row.confirmed_quantity !== null) {
      return {
        ...hold, status, closedAt: row.closed_at, confirmedQuantity: row.confirmed_quantity, returnedQuantity: row.returned_quantity,
      };
    }
  }
  throw new Error(`reservation ${row.id} is in an impossible state: ${row.status}`);
}

export type FoundReservation = ReservationRow & { readonly external_id: string | null };

export const RESERVATION_COLUMNS = `id, stock_id, product_id, store_id, customer_id, quantity, status, expires_at, created_at,
    created_by, batch_id, reference, confirmed_quantity, closed_at, customer_ref, returned_quantity`;

/** Holds that one batch reads for its counts, at most. */
const MOST_HELD = 5_000;

// The youngest holds of each row, without those that have lapsed: the batch ends these anyway, and has read them. OFFSET 0, so that
// no plan walks the whole table by its newest ids.
const HELD = `
  SELECT held.*, known.external_id FROM (
    SELECT open.* FROM unnest($1::uuid[], $2::int[]) WITH ORDINALITY AS short (id, most, nth) CROSS JOIN LATERAL (
      SELECT within.* FROM (
        SELECT ${RESERVATION_COLUMNS} FROM reservations
        WHERE closed_at IS NULL AND (stock_id, expires_at) >= (short.id, $3::timestamptz)
          AND (stock_id, expires_at) <= (short.id, 'infinity') OFFSET 0) AS within
      ORDER BY id DESC LIMIT short.most) AS open
    ORDER BY short.nth, open.id DESC LIMIT ${MOST_HELD}
  ) AS held LEFT JOIN LATERAL (SELECT c.external_id FROM customers AS c WHERE c.ref = held.customer_ref LIMIT 1) AS known ON true`;

/**
 * How many of a row's holds a count looks at: those that a refusal names, or those that may end. Each has a unit at least, so no
 * more end than units are missing; one more than may end is read, so that it is seen where there are more.
 */
export function heldToRead(missing: number, { releases }: { readonly releases: boolean }): number {
  return releases ? Math.max(MAX_NAMED, Math.min(missing, MAX_RELEASED + 1)) : MAX_NAMED;
}

/**
 * Reads the youngest open holds of stock rows that a count may find short, of each row `most`, in the order of the rows until the
 * batch has its fill.
 * @param now the batch's clock
 * @returns the holds, and the rows of which some were maybe left out
 */
export async function readHeld(
  client: pg.Client, short: readonly { readonly id: string; readonly most: number }[], now: Date,
): Promise<{ readonly held: readonly FoundReservation[]; readonly unread: ReadonlySet<string> }> {
  if (short.length === 0) return { held: [], unread: new Set() };
  const ids = short.map(({ id }) => id);
  const { rows: held } = await client.query<FoundReservation>({
    name: 'commit-held-of-rows', text: HELD, values: [ids, short.map(({ most }) => most), now],
  });
  if (held.length < MOST_HELD) return { held, unread: new Set() };
  const reached = new Set(held.map(({ stock_id: id }) => id));
  return { held, unread: new Set(ids.slice(ids.findLastIndex((id) => reached.has(id)))) };
}
