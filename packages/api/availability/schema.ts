/** A product's availability as clients see it: the seed's answer, with its age and its source. */
import { toTheMetre } from '@inventory/domain/places.ts';
import { z } from 'zod';
import type { Choice } from './asked.ts';
import type { Availability } from './read.ts';
import type { StoreRow } from './view.ts';

const nearby = z.object({ store_id: z.string(), store_name: z.string(), distance_km: z.number(), available: z.int() }).nullable();

export const availabilityAnswer = z.object({
  product_id: z.uuid(),
  product_name: z.string(),
  total_available: z.int(),
  stores: z.array(z.object({
    store_id: z.string(), store_name: z.string(), available: z.int(), reserved: z.int(), version: z.int(),
    distance_km: z.number().optional(),
  })),
  stores_matched: z.int().optional().meta({ description: 'Where stores were chosen: how many of them have the product; limit may list fewer' }),
  nearest: nearby.optional().meta({ description: 'With near: the nearest store, whatever it has' }),
  nearest_in_stock: nearby.optional().meta({ description: 'With near: the nearest store where units are available' }),
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
export function contentOf(found: Availability, choice: Choice) {
  const { product_id, product_name } = found;
  const { of, inStock, limit, whole } = choice;
  if (whole) return { product_id, product_name, ...listed(found.stores.filter(({ store_id: id }) => !choice.closed.has(id))) };
  const rows = new Map(found.stores.map((row) => [row.store_id, row]));
  const chosen = of === undefined
    ? found.stores.filter(({ store_id: id }) => !choice.closed.has(id)).map((row) => ({ row, distanceKm: undefined }))
    : of.flatMap(({ id, distanceKm }) => {
      const row = rows.get(id);
      return row === undefined ? [] : [{ row, distanceKm }];
    });
  const matched = inStock ? chosen.filter(({ row }) => row.available > 0) : chosen;
  const { stores, total_available } = listed(matched.map(({ row }) => row));
  return {
    product_id, product_name, total_available,
    stores: matched.slice(0, limit).flatMap(({ distanceKm }, nth) => {
      const store = stores[nth];
      return store === undefined ? [] : [distanceKm === undefined ? store : { ...store, distance_km: toTheMetre(distanceKm) }];
    }),
    stores_matched: matched.length, ...(choice.near ? nearestOf(choice, rows) : {}),
  };
}

function listed(rows: readonly StoreRow[]) {
  let total_available = 0;
  const stores = rows.map(({ store_id, store_name, available, reserved, version }) => {
    total_available += available;
    return { store_id, store_name, available, reserved, version };
  });
  return { total_available, stores };
}

/** The nearest of the chosen stores, and the nearest of those where there is something: two questions, two names. */
function nearestOf({ of = [] }: Choice, rows: ReadonlyMap<string, StoreRow>) {
  const told = (found: (typeof of)[number] | undefined) => (found === undefined ? null : {
    store_id: found.id, store_name: found.name, distance_km: toTheMetre(found.distanceKm ?? 0), available: rows.get(found.id)?.available ?? 0,
  });
  return { nearest: told(of[0]), nearest_in_stock: told(of.find(({ id }) => (rows.get(id)?.available ?? 0) > 0)) };
}

export function availabilityBody(found: Availability, choice: Choice): z.output<typeof availabilityAnswer> {
  return { ...contentOf(found, choice), as_of: found.as_of.toISOString(), source: found.source };
}
