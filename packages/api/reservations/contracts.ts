/** The contracts of holds on stock. */
import { reservationStatuses } from '@inventory/domain/reservation.ts';
import {
  customerId, DEFAULT_TTL_SECONDS, MAX_RESERVATION_UNITS, MAX_TTL_SECONDS, reference, storeId, uuid,
} from '@inventory/domain/values.ts';
import { z } from 'zod';
import { holding, ofHold } from '../http/auth/access.ts';
import { contract, noBody } from '../http/endpoint/endpoint.ts';

export const nothing = z.strictObject({});
export const byId = z.object({ id: uuid });
export const units = z.int().min(1).max(MAX_RESERVATION_UNITS);

export const reservation = z.object({
  reservation_id: z.uuid(),
  status: z.enum(reservationStatuses),
  product_id: z.uuid(),
  store_id: z.string(),
  customer_id: z.string(),
  quantity: z.int(),
  expires_at: z.iso.datetime(),
  created_at: z.iso.datetime(),
  batch_id: z.uuid().nullable(),
  reference: z.string().nullable(),
  confirmed_quantity: z.int().optional(),
  closed_at: z.iso.datetime().optional(),
  expires_in_seconds: z.int().optional(),
}).meta({ id: 'Reservation' });

export const PENDING = {
  reservation_id: '01a20d19-1756-72d6-b15d-77c5f399fb03', status: 'PENDING',
  product_id: '807acc38-bad3-5a9b-af8c-889c493a3230', store_id: 'BCN-001', customer_id: 'cust-456', quantity: 1,
  expires_at: '2026-11-24T10:38:00.914Z', created_at: '2026-11-24T10:28:00.914Z', batch_id: null, reference: null,
} as const;
export const CLOSED_AT = '2026-11-24T10:30:12.001Z';

export const committing = ['idempotency_key_reused', 'lock_timeout', 'overloaded', 'outcome_unknown'] as const;

export const createReservation = contract({
  id: 'createReservation', method: 'post', path: '/reservations', tag: 'reservations', access: holding,
  summary: 'Hold units of a product in a store for a while',
  description: 'The units are free again when the hold is cancelled or its ttl (in seconds) is over.',
  params: nothing, query: nothing,
  body: z.strictObject({
    product_id: uuid,
    store_id: storeId,
    quantity: units,
    customer_id: customerId,
    ttl: z.int().min(1).max(MAX_TTL_SECONDS).default(DEFAULT_TTL_SECONDS),
    reference: reference.optional(),
  }),
  bodyExample: { product_id: PENDING.product_id, store_id: 'BCN-001', quantity: 1, customer_id: 'cust-456', ttl: 600 },
  answers: {
    201: {
      description: 'The hold', schema: reservation, headers: ['Location', 'X-Stock-Version'],
      example: { ...PENDING, expires_in_seconds: 600 },
    },
  },
  problems: ['forbidden', 'not_found', 'insufficient_stock', 'hold_limit_exceeded', ...committing],
});

export const getReservation = contract({
  id: 'getReservation', method: 'get', path: '/reservations/{id}', tag: 'reservations', access: ofHold,
  summary: 'Look at a hold',
  description: 'A hold whose time is over reads EXPIRED at once. Somebody else\'s does not exist.',
  params: byId, query: nothing, body: noBody,
  answers: { 200: { description: 'The hold', schema: reservation, example: { ...PENDING, expires_in_seconds: 417 } } },
  problems: ['not_found'],
});

export const confirmReservation = contract({
  id: 'confirmReservation', method: 'post', path: '/reservations/{id}/confirm', tag: 'reservations', access: ofHold,
  summary: 'Sell what is held',
  description: 'With a smaller quantity, the rest is released. The same again is answered with the same body.',
  params: byId, query: nothing, body: z.strictObject({ quantity: units.optional() }), bodyOptional: true,
  bodyExample: { quantity: 1 },
  answers: {
    200: {
      description: 'The hold, confirmed', schema: reservation, headers: ['X-Stock-Version'],
      example: { ...PENDING, status: 'CONFIRMED', confirmed_quantity: 1, closed_at: CLOSED_AT },
    },
  },
  problems: [
    'not_found', 'reservation_expired', 'reservation_already_confirmed', 'reservation_already_cancelled', ...committing,
  ],
});

export const cancelReservation = contract({
  id: 'cancelReservation', method: 'post', path: '/reservations/{id}/cancel', tag: 'reservations', access: ofHold,
  summary: 'Let go of what is held',
  params: byId, query: nothing, body: nothing, bodyOptional: true, bodyExample: {},
  answers: {
    200: {
      description: 'The hold, cancelled', schema: reservation, headers: ['X-Stock-Version'],
      example: { ...PENDING, status: 'CANCELLED', closed_at: CLOSED_AT },
    },
  },
  problems: ['not_found', 'reservation_expired', 'reservation_already_confirmed', ...committing],
});

export const extendReservation = contract({
  id: 'extendReservation', method: 'post', path: '/reservations/{id}/extend', tag: 'reservations', access: ofHold,
  summary: 'Keep what is held for longer',
  description: 'ttl is in seconds from now. It never shortens a hold, and no hold lasts longer than 24 hours.',
  params: byId, query: nothing, body: z.strictObject({ ttl: z.int().min(1).max(MAX_TTL_SECONDS) }),
  bodyExample: { ttl: 900 },
  answers: {
    200: {
      description: 'The hold, and when it ends', schema: reservation, headers: ['X-Stock-Version'],
      example: { ...PENDING, expires_at: '2026-11-24T10:45:12.001Z' },
    },
  },
  problems: [
    'not_found', 'reservation_expired', 'reservation_already_confirmed', 'reservation_already_cancelled', ...committing,
  ],
});
