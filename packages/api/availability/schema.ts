/** A product's availability as clients see it: the seed's answer, with its age and its source. */
import { z } from 'zod';
import type { Availability } from './read.ts';

export const availabilityAnswer = z.object({
  product_id: z.uuid(),
  product_name: z.string(),
  total_available: z.int(),
  stores: z.array(z.object({
    store_id: z.string(), store_name: z.string(), available: z.int(), reserved: z.int(), version: z.int(),
  })),
  as_of: z.iso.datetime(),
  source: z.enum(['cache', 'database', 'stale']),
}).meta({ id: 'Availability' });

export const SAMPLE = {
  product_id: '807acc38-bad3-5a9b-af8c-889c493a3230', product_name: 'Laptop HP', total_available: 15,
  stores: [
    { store_id: 'BCN-001', store_name: 'Barcelona Plaza', available: 10, reserved: 1, version: 4 },
    { store_id: 'MAD-001', store_name: 'Madrid Centro', available: 5, reserved: 2, version: 17 },
  ],
  as_of: '2026-11-24T10:28:00.098Z', source: 'cache',
} as const;

/** What an answer says of the product itself, without its age. */
export function contentOf({ product_id, product_name, stores: rows }: Availability) {
  let total_available = 0;
  const stores = rows.map(({ store_id, store_name, available, reserved, version }) => {
    total_available += available;
    return { store_id, store_name, available, reserved, version };
  });
  return { product_id, product_name, total_available, stores };
}

export function availabilityBody(found: Availability): z.output<typeof availabilityAnswer> {
  return { ...contentOf(found), as_of: found.as_of.toISOString(), source: found.source };
}
