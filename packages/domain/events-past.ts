/**
 * Schemas of before, each with the way to its successor and back. They stay as they are for good: the log has such events.
 *
 * Version 1 of all events of reservations has the id of the customer where version 2 has his ref. Neither follows from the
 * other, so the ways only keep the shape: who writes version 1 puts the id in, and who needs to know whose an event of
 * version 1 is reads it from the stored payload.
 */
import { z } from 'zod';
import { afterState } from './events.ts';

type Payload = Readonly<Record<string, unknown>>;

const uuid = z.uuid();
const instant = z.iso.datetime({ offset: true });

const hold = {
  reservation_id: uuid,
  customer_id: z.string(),
  /** Units held by the reservation when it was made. */
  reservation_quantity: z.int().min(1),
  batch_id: uuid.nullable(),
  reference: z.string().nullable(),
};

/** A version that named the customer, of an event that is as it was otherwise. */
function named(schema: z.ZodType) {
  return {
    schema,
    sameState: true,
    upcast: ({ customer_id: _id, ...others }: Payload): Payload => ({ ...others, customer_ref: null }),
    lower: ({ customer_ref: ref, ...others }: Payload): Payload => ({ ...others, customer_id: ref ?? '' }),
  };
}

export const namedVersions = {
  'reservation.created': [named(z.object({
    ...afterState, ...hold, created_by: z.string(), created_at: instant, expires_at: instant,
  }))],
  'reservation.confirmed': [named(z.object({
    ...afterState, ...hold,
    /** Units sold; the rest of the hold is released. */
    confirmed_quantity: z.int().min(1),
    closed_at: instant,
  }))],
  'reservation.cancelled': [named(z.object({ ...afterState, ...hold, closed_at: instant }))],
  'reservation.expired': [named(z.object({ ...afterState, ...hold, expires_at: instant, closed_at: instant }))],
  'reservation.extended': [named(z.object({ ...afterState, ...hold, expires_at: instant }))],
  'reservation.rejected': [named(z.object({
    attempt_id: uuid, product_id: uuid, store_id: z.string(), customer_id: z.string(), requested: z.int().min(1),
    available: afterState.available,
    /** Further refusals of the same stock row that this one stands for. */
    suppressed: z.int().min(0),
  }))],
} as const;
