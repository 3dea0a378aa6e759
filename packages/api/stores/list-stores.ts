/** `GET /stores`. */
import type { Database } from '@inventory/db/pool.ts';
import { toTheMetre } from '@inventory/domain/places.ts';
import { storeId } from '@inventory/domain/values.ts';
import { sql } from 'kysely';
import { z } from 'zod';
import type { ApiDeps } from '../deps.ts';
import type { Found } from '../directory/directory.ts';
import { oneWay, placeShape, storesOf } from '../directory/where.ts';
import { everybody } from '../http/auth/access.ts';
import { cursorsOf, cursorText } from '../http/endpoint/cursor.ts';
import { endpoint, noBody, nothing } from '../http/endpoint/endpoint.ts';
import { limit, listOf, pageAnswer, pageCost, pageOf } from '../http/endpoint/page.ts';
import { storeBody } from './row.ts';
import type { StoreRow } from './row.ts';
import { SAMPLE, store } from './schema.ts';

const cursors = cursorsOf('stores', z.strictObject({ id: storeId }));
/** Of the open stores near a place: how far the last one is, because they are in that order. */
const cursorsNear = cursorsOf('stores-near', z.strictObject({ id: storeId, km: z.number() }));

export const listStores = endpoint({
  id: 'listStores', method: 'get', path: '/stores', tag: 'stores', access: everybody,
  summary: 'List the stores, of a group or near a place',
  description: 'Without a filter all stores. With group or near the open ones: as they were within the last 2 s.',
  params: nothing, query: z.strictObject({ ...placeShape, limit, cursor: cursorText.optional() }).check(oneWay), body: noBody,
  cost: pageCost, sizeOf: ({ query }) => query.limit,
  answers: {
    200: {
      description: 'A page of stores, ordered by id; with near, the nearest first, each with its distance_km', headers: ['Link'],
      schema: listOf(store.extend({ distance_km: z.number().optional() })), example: { items: [SAMPLE], next_cursor: null },
    },
  },
  problems: ['not_found'],
  handle: async ({ query, req }, { db, stores }: Pick<ApiDeps, 'db' | 'stores'>) => {
    const { limit: size, cursor, near, radius_km: radius, group } = query;
    const found = await storesOf(stores, query);
    if (found === undefined || near === undefined) {
      const after = cursor === undefined ? undefined : cursors.decode({ group }, cursor).id;
      const { items, last } = pageOf(await readStores(db, found, after, size + 1), size);
      return pageAnswer(req, items.map(storeBody), last && cursors.encode({ group }, { id: last.id }));
    }
    const filter = { near: `${near.latitude},${near.longitude}`, radius };
    const after = cursor === undefined ? undefined : cursorsNear.decode(filter, cursor);
    const { items, last } = pageOf(found.filter(isBehind(after)).slice(0, size + 1), size);
    const rows = new Map((await readStores(db, items, undefined, size)).map((row) => [row.id, row]));
    return pageAnswer(req, items.flatMap(({ id, distanceKm = 0 }) => {
      const row = rows.get(id);
      return row === undefined ? [] : [{ ...storeBody(row), distance_km: toTheMetre(distanceKm) }];
    }), last && cursorsNear.encode(filter, { id: last.id, km: last.distanceKm ?? 0 }));
  },
});

function isBehind(after: { readonly id: string; readonly km: number } | undefined): (found: Found) => boolean {
  return ({ id, distanceKm = 0 }) => after === undefined || distanceKm > after.km || (distanceKm === after.km && id > after.id);
}

/** Stores by their id, from behind `after`. @param of only these; undefined for all */
function readStores(
  db: Database, of: readonly Found[] | undefined, after: string | undefined, size: number,
): Promise<readonly StoreRow[]> {
  let query = db.selectFrom('stores').selectAll();
  if (of !== undefined) query = query.where('id', '=', sql<string>`ANY (${of.map(({ id }) => id)}::text[])`);
  if (after !== undefined) query = query.where('id', '>', after);
  return query.orderBy('id').limit(size).execute();
}
