/** The part of a question that says which stores it is of: some by their ids, a group, or those near a place. */
import { InventoryError } from '@inventory/domain/errors.ts';
import type { Place } from '@inventory/domain/places.ts';
import { storeId, token } from '@inventory/domain/values.ts';
import { z } from 'zod';
import type { Found } from './directory.ts';
import type { StoreDirectory } from './watch-stores.ts';

const MAX_STORES = 100;
/** Half of the earth's circumference: no two places are farther apart. */
const MAX_RADIUS_KM = 20_038;

const near = z.string().regex(/^-?\d{1,2}(\.\d{1,15})?,-?\d{1,3}(\.\d{1,15})?$/, 'must be latitude and longitude in degrees: 40.4,-3.7')
  .transform((text): Place => {
    const [latitude = Number.NaN, longitude = Number.NaN] = text.split(',').map(Number);
    return { latitude, longitude };
  })
  .refine(({ latitude, longitude }) => Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180, 'must be a place on the earth')
  .meta({ description: 'A place, latitude and longitude in degrees: the stores within radius_km of it, the nearest first', example: '40.4168,-3.7038', as: { type: 'string' } });

const radiusKm = z.string().regex(/^\d{1,5}(\.\d{1,3})?$/, 'must be kilometres in digits').transform(Number)
  .pipe(z.number().positive().max(MAX_RADIUS_KM))
  .meta({ description: 'Kilometres around near', as: { type: 'number', exclusiveMinimum: 0, maximum: MAX_RADIUS_KM } });

/** Ids of stores in a query, with commas between them. */
const storeIds = z.string().max(MAX_STORES * 51).transform((text) => text.split(','))
  .pipe(z.array(storeId).max(MAX_STORES)).transform((ids) => [...new Set(ids)])
  .meta({ description: 'Only these stores, in this order', as: { type: 'array', items: { type: 'string' }, minItems: 1, maxItems: MAX_STORES } });

export const group = token.meta({ description: 'A group of stores', example: 'madrid' });

/** For a list of stores. */
export const placeShape = { group: group.optional(), near: near.optional(), radius_km: radiusKm.optional() };
/** For a question about stores. */
export const whereShape = { store_ids: storeIds.optional(), ...placeShape };

export interface Where {
  readonly store_ids?: readonly string[] | undefined;
  readonly group?: string | undefined;
  readonly near?: Place | undefined;
  readonly radius_km?: number | undefined;
}

/** Holds a query to one way of naming stores; near and radius_km are one way. */
export function oneWay({ value, issues }: {
  readonly value: Where;
  readonly issues: { push: (issue: { code: 'custom'; path: string[]; message: string; input: unknown }) => unknown };
}): void {
  const ways = (['store_ids', 'group', 'near'] as const).filter((way) => value[way] !== undefined);
  for (const way of ways.slice(1)) issues.push({ code: 'custom', path: [way], message: 'one of store_ids, group and near', input: value });
  if ((value.near === undefined) === (value.radius_km === undefined)) return;
  const path = [value.near === undefined ? 'near' : 'radius_km'];
  issues.push({ code: 'custom', path, message: 'near and radius_km are given together', input: value });
}

/**
 * The open stores that a question is of, in the order in which it names them; undefined where it names none. A name that no store
 * has is refused, because a typo must not read as "not available".
 * @throws {InventoryError} not_found for a group that no store is in, validation_failed for an id that no store has,
 * dependency_unavailable
 */
export async function storesOf(stores: StoreDirectory, where: Where): Promise<readonly Found[] | undefined> {
  const { store_ids: ids, group: name, near: place, radius_km: radius } = where;
  if (ids !== undefined) return openOnes(stores, ids);
  if (name !== undefined) {
    const members = await stores.find((directory) => directory.ofGroup(name));
    if (members === undefined) throw new InventoryError('not_found', `No store is in the group ${name}.`);
    return members;
  }
  if (place === undefined || radius === undefined) return undefined;
  return await stores.find((directory) => directory.near(place, radius)) ?? [];
}

async function openOnes(stores: StoreDirectory, ids: readonly string[]): Promise<readonly Found[]> {
  const found = await stores.find((directory) => {
    const all = ids.flatMap((id) => directory.of(id) ?? []);
    return all.length === ids.length ? all.filter(({ id }) => !directory.closed.has(id)) : undefined;
  });
  if (found !== undefined) return found;
  const known = stores.known();
  const unknown = ids.filter((id) => known?.of(id) === undefined);
  throw new InventoryError('validation_failed', 'The request names stores that do not exist: see errors.', {
    errors: unknown.map((id) => ({ pointer: '/store_ids', message: `${id} is no store` })),
  });
}
