/** A row of the table reservations, and the domain's Reservation. */
import type { Reservation } from '@inventory/domain/reservation.ts';
import { reservationStatuses } from '@inventory/domain/reservation.ts';

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
