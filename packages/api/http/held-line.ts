/** A hold that a count leaves without its units, as a problem and a refused item of a list name it. */
import { z } from 'zod';

export const heldLine = z.object({
  index: z.int(),
  reservation_id: z.uuid(),
  customer_id: z.string().nullable(),
  customer_ref: z.uuid().nullable().optional(),
  quantity: z.int(),
  expires_at: z.iso.datetime(),
  created_at: z.iso.datetime(),
  batch_id: z.uuid().nullable(),
  reference: z.string().nullable(),
}).meta({ id: 'HeldLine' });
