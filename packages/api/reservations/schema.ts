/** A hold as requests name it and as answers show it. */
import { reservationStatuses } from '@inventory/domain/reservation.ts';
import { MAX_RESERVATION_UNITS } from '@inventory/domain/limits.ts';
import { DEFAULT_TTL_SECONDS, MAX_TTL_SECONDS, uuid } from '@inventory/domain/values.ts';
import { z } from 'zod';

export const byId = z.object({ id: uuid });
export const units = z.int().min(1).max(MAX_RESERVATION_UNITS)
  .meta({ description: 'At most 100 units of a product that is counted in pieces' });
/** Seconds. */
export const ttl = z.int().min(1).max(MAX_TTL_SECONDS);
export const ttlOrDefault = ttl.default(DEFAULT_TTL_SECONDS);

export const reservation = z.object({
  reservation_id: z.uuid(),
  status: z.enum(reservationStatuses),
  product_id: z.uuid(),
  sku: z.string(),
  product_name: z.string(),
  store_id: z.string(),
  customer_id: z.string().nullable().meta({ description: 'null once the customer was erased' }),
  customer_ref: z.uuid().nullable().optional()
    .meta({ description: 'What stands for the customer in the log; to all but customers. null of a hold that an older release made' }),
  quantity: z.int(),
  expires_at: z.iso.datetime(),
  created_at: z.iso.datetime(),
  batch_id: z.uuid().nullable(),
  reference: z.string().nullable(),
  confirmed_quantity: z.int().optional(),
  returned_quantity: z.int().optional().meta({ description: 'Of the units that were sold, those that came back; left out where none did' }),
  closed_at: z.iso.datetime().optional(),
  expires_in_seconds: z.int().optional(),
}).meta({ id: 'Reservation' });

export const PENDING = {
  reservation_id: '01a20d19-1756-72d6-b15d-77c5f399fb03', status: 'PENDING',
  product_id: '807acc38-bad3-5a9b-af8c-889c493a3230', sku: 'SKU-0001', product_name: 'Laptop HP', store_id: 'BCN-001', customer_id: 'cust-456', quantity: 1,
  expires_at: '2026-11-24T10:38:00.914Z', created_at: '2026-11-24T10:28:00.914Z', batch_id: null, reference: null,
} as const;
export const CLOSED_AT = '2026-11-24T10:30:12.001Z';
