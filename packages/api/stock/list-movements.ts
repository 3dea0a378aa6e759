/** `GET /stores/{store}/movements`: what has moved in a store, the newest first. */
import { settledPosition } from '@inventory/db/events.ts';
import { positionBefore } from '@inventory/db/operating/positions.ts';
import type { Database } from '@inventory/db/pool.ts';
import { InventoryError } from '@inventory/domain/errors.ts';
import { stockReasons } from '@inventory/domain/events.ts';
import type { StockReason } from '@inventory/domain/events.ts';
import { instant, storeId } from '@inventory/domain/values.ts';
import { sql } from 'kysely';
import { z } from 'zod';
import type { ApiDeps } from '../deps.ts';
import { ofStore } from '../http/auth/access.ts';
import { cursorsOf, cursorText } from '../http/endpoint/cursor.ts';
import { endpoint, noBody } from '../http/endpoint/endpoint.ts';
import { limit, listOf, pageAnswer, pageCost } from '../http/endpoint/page.ts';
import { movement, MOVEMENT, MOVEMENT_COLUMNS, movementOf, nameCustomers, stockEventOf } from './movement.ts';
import type { MovementRow } from './movement.ts';

const cursors = cursorsOf('movements', z.strictObject({ before: z.int().min(1) }));

/** Positions that one statement walks over, and statements for one page: about 0.2 s of work at most. */
const STRETCH = 20_000;
const MAX_STRETCHES = 10;

const ofStock = movement.extend({ product_id: z.uuid() });

export const listMovements = endpoint({
  id: 'listMovements', method: 'get', path: '/stores/{store}/movements', tag: 'stock', access: ofStore,
  summary: 'List what has moved in a store',
  description: 'The newest first: every change of a quantity, the sale of a hold too. With reason=SALE, sales at the counter and sales of holds. '
    + 'A page may be short or empty although there is more: the last page has no next_cursor.',
  params: z.object({ store: storeId }),
  query: z.strictObject({
    from: instant.optional(), to: instant.optional(), reason: z.enum(stockReasons).optional(), limit, cursor: cursorText.optional(),
  }),
  body: noBody,
  cost: pageCost, sizeOf: ({ query }) => query.limit,
  answers: {
    200: {
      description: 'A page of movements', schema: listOf(ofStock), headers: ['Link'],
      example: { items: [{ ...MOVEMENT, product_id: '807acc38-bad3-5a9b-af8c-889c493a3230' }], next_cursor: null },
    },
  },
  problems: ['forbidden', 'store_not_in_scope', 'not_found'],
  about: ({ params }) => ({ store_id: params.store }),
  reach: ({ params }) => ({ store: params.store }),
  handle: async ({ params: { store }, query, req }, { db, history, stores }: Pick<ApiDeps, 'db' | 'history' | 'stores'>) => {
    const { limit: size, cursor, from, to, reason } = query;
    await requireStore(stores, store);
    const filter = { store, from, to, reason };
    const settled = await settledPosition(db);
    const first = from === undefined ? 0 : await positionBefore(db, from, settled);
    const before = cursor !== undefined ? cursors.decode(filter, cursor).before
      : (to === undefined ? settled : await positionBefore(db, to, settled)) + 1;
    const { rows, downTo } = await readMovements(db, { store, reason, first, before, size });
    const items = rows.map((row) => {
      const event = stockEventOf(row, history);
      return { ...movementOf(row, event), product_id: event.payload.product_id };
    });
    return pageAnswer(req, await nameCustomers(db, items), downTo > first ? cursors.encode(filter, { before: downTo + 1 }) : undefined);
  },
});

/** @throws {InventoryError} not_found */
async function requireStore(stores: ApiDeps['stores'], store: string): Promise<void> {
  if (await stores.find((directory) => directory.of(store)) === undefined) throw new InventoryError('not_found', 'There is no such store.');
}

/**
 * The movements of a store above `first` and below `before`, the newest first. The log has no index of stores, so a page walks over a
 * bounded stretch of it, as the feed does.
 * @returns `downTo`: everything above it was looked at; `first` at the end
 */
async function readMovements(db: Database, asked: {
  readonly store: string; readonly reason: StockReason | undefined; readonly first: number; readonly before: number; readonly size: number;
}): Promise<{ readonly rows: readonly MovementRow[]; readonly downTo: number }> {
  const { store, reason, first, size } = asked;
  const rows: MovementRow[] = [];
  let downTo = asked.before - 1;
  for (let stretch = 0; stretch < MAX_STRETCHES && downTo > first; stretch += 1) {
    const end = Math.max(first, downTo - STRETCH);
    let query = db.selectFrom('events').select(MOVEMENT_COLUMNS).where('position', '<=', downTo).where('position', '>', end)
      .where('store_id', '=', store).where('event_type', 'in', ['stock.updated', 'reservation.confirmed']);
    if (reason !== undefined) {
      query = query.where(sql<boolean>`(payload ->> 'reason' = ${reason} OR (event_type = 'reservation.confirmed' AND ${reason} = 'SALE'))`);
    }
    const found = await query.orderBy('position', 'desc').limit(size - rows.length).execute();
    rows.push(...found);
    if (rows.length === size) return { rows, downTo: (found.at(-1)?.position ?? end + 1) - 1 };
    downTo = end;
  }
  return { rows, downTo };
}
