/** An erasure as clients see it. */
import { z } from 'zod';
import type { Erasure } from '../erasure/forget.ts';

export const erasure = z.object({
  erasure_id: z.uuid(),
  customer_ref: z.uuid().describe('What stood for the customer, and still does, though nobody can tell for whom'),
  erased_at: z.iso.datetime(),
  erased_by: z.string(),
  holds_released: z.int().describe('Holds that this request has cancelled; one before it that was broken off may have cancelled others'),
  references_removed: z.int().describe('Holds and sales that have lost their reference'),
}).meta({ id: 'Erasure' });

export const ERASURE = {
  erasure_id: '01a20d1a-0c3e-7d51-9a37-0b6f2c1d4e5f', customer_ref: '01a20d19-1754-7c3e-a0b1-6f0e1d2c3b4a', erased_at: '2026-11-24T10:31:07.214Z',
  erased_by: 'admin-1', holds_released: 2, references_removed: 1,
} as const;

export function erasureBody(done: Erasure) {
  return {
    erasure_id: done.id, customer_ref: done.customerRef, erased_at: done.erasedAt.toISOString(), erased_by: done.erasedBy,
    holds_released: done.holdsReleased, references_removed: done.referencesRemoved,
  };
}
