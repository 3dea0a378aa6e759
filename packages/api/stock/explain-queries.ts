/**
 * What makes a stock row what it is, all as of one instant: its newest events, folded onto the state before them, and its
 * open holds. It is bounded: a long stream is folded from a later opening balance.
 */
import type { Database } from '@inventory/db/pool.ts';
import type { History } from '@inventory/domain/events-stored.ts';
import type { Stock } from '@inventory/domain/stock.ts';
import { sql } from 'kysely';
import { foldNewest } from './fold.ts';
import type { Fold } from './fold.ts';
import { nameCustomers } from './movement.ts';

const MAX_HOLDS = 200;

export interface Explanation extends Fold {
  readonly stock: Stock;
  readonly holds: readonly OpenHold[];
  readonly heldUnits: number;
}

interface OpenHold {
  readonly id: string;
  readonly customer_id: string | null;
  readonly customer_ref: string | null;
  readonly created_by: string | null;
  readonly quantity: number;
  readonly expires_at: Date;
  readonly batch_id: string | null;
  readonly reference: string | null;
  /** Its time is over, but it is not expired yet. It counts in no decision. */
  readonly lapsed: boolean;
}

/** Reads all of it in one snapshot. @returns undefined where there is no such row */
export function readExplanation(
  db: Database, row: { readonly store: string; readonly product: string }, history?: History,
): Promise<Explanation | undefined> {
  return db.transaction().setIsolationLevel('repeatable read').setAccessMode('read only').execute(async (snapshot) => {
    const found = await snapshot.selectFrom('stock').selectAll()
      .where('store_id', '=', row.store).where('product_id', '=', row.product).executeTakeFirst();
    if (found === undefined) return undefined;
    const { id, quantity, reserved, version } = found;
    const stock = { id, productId: row.product, storeId: row.store, quantity, reserved, version };
    const fold = await foldNewest(snapshot, stock, history);
    const { holds, units } = await readHolds(snapshot, id);
    return { stock, ...fold, chain: await nameCustomers(snapshot, fold.chain), holds, heldUnits: units };
  });
}

async function readHolds(snapshot: Database, stockId: string) {
  const open = snapshot.selectFrom('reservations as r').where('stock_id', '=', stockId).where('closed_at', 'is', null);
  const holds = await open.leftJoin('customers as c', 'c.ref', 'r.customer_ref')
    .select(['id', 'customer_ref', 'quantity', 'expires_at', 'batch_id', 'reference'])
    .select(sql<string | null>`coalesce(c.external_id, r.customer_id)`.as('customer_id'))
    // Of a customer who made his hold himself, the id too.
    .select(sql<string | null>`CASE WHEN r.created_by = r.customer_ref::text THEN c.external_id ELSE r.created_by END`.as('created_by'))
    .select(sql<boolean>`expires_at <= statement_timestamp()`.as('lapsed'))
    .orderBy('expires_at').orderBy('id').limit(MAX_HOLDS).execute();
  const { units } = await open.select(sql<number>`coalesce(sum(quantity), 0)::int`.as('units'))
    .executeTakeFirstOrThrow();
  return { holds, units };
}
