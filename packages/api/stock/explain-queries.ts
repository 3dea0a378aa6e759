/**
 * What makes a stock row what it is, all as of one instant: its newest events, folded by the domain's own rules onto the
 * state before them, and its open holds. It is bounded: a long stream is folded from a later opening balance.
 */
import type { Database } from '@inventory/db/pool.ts';
import type { History } from '@inventory/domain/events-stored.ts';
import type { Stock } from '@inventory/domain/stock.ts';
import { emptyStock, evolveStock } from '@inventory/domain/stock.ts';
import { sql } from 'kysely';
import { MOVEMENT_COLUMNS, movementOf, stockEventOf } from './movement.ts';

/** Events that are folded, and how many of the newest are shown one by one. */
const MAX_FOLDED = 10_000;
const SHOWN = 100;
/** Few enough that parsing a page does not keep other requests waiting. */
const PAGE = 500;
const MAX_HOLDS = 200;

type Movement = ReturnType<typeof movementOf>;

interface Total {
  readonly type: string;
  readonly reason: string | null;
  events: number;
  delta: number;
  reserved_delta: number;
}

export interface Explanation {
  readonly stock: Stock;
  /** The state onto which the events were folded: all zero where they are the whole stream. */
  readonly opening: Stock;
  /** The newest events, oldest first. */
  readonly chain: readonly Movement[];
  readonly folded: Stock;
  /** Why the events could not be folded to their end; undefined when they could. */
  readonly fault: string | undefined;
  readonly totals: readonly Total[];
  readonly holds: readonly OpenHold[];
  readonly heldUnits: number;
}

interface OpenHold {
  readonly id: string;
  readonly customer_id: string;
  readonly created_by: string;
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
    const opening = await readOpening(snapshot, stock, history);
    const folded = await foldFrom(snapshot, opening, history);
    const { holds, units } = await readHolds(snapshot, id);
    return { stock, opening, ...folded, holds, heldUnits: units };
  });
}

async function readOpening(snapshot: Database, stock: Stock, history: History | undefined): Promise<Stock> {
  const empty = emptyStock(stock.id, stock.productId, stock.storeId);
  if (stock.version <= MAX_FOLDED) return empty;
  const row = await snapshot.selectFrom('events').select(MOVEMENT_COLUMNS).where('stream_id', '=', stock.id)
    .where('stream_version', '=', stock.version - MAX_FOLDED).executeTakeFirst();
  if (row === undefined) return empty;
  const { quantity, reserved, version } = stockEventOf(row, history).payload;
  return { ...empty, quantity, reserved, version };
}

async function foldFrom(snapshot: Database, opening: Stock, history: History | undefined) {
  let folded = opening;
  let chain: readonly Movement[] = [];
  const totals = new Map<string, Total>();
  for (let from = opening.version; ;) {
    const rows = await snapshot.selectFrom('events').select(MOVEMENT_COLUMNS).where('stream_id', '=', opening.id)
      .where('stream_version', '>', from).orderBy('stream_version').limit(PAGE).execute();
    try {
      for (const row of rows) {
        folded = evolveStock(folded, stockEventOf(row, history));
        const movement = movementOf(row, history);
        count(totals, movement);
        chain = [...chain.slice(chain.length === SHOWN ? 1 : 0), movement];
      }
    } catch (error) {
      const fault = error instanceof Error ? error.message : String(error);
      return { chain, folded, totals: [...totals.values()], fault };
    }
    if (rows.length < PAGE) return { chain, folded, totals: [...totals.values()], fault: undefined };
    from = folded.version;
  }
}

function count(totals: Map<string, Total>, { type, reason, delta, reserved_delta }: Movement): void {
  const key = `${type} ${reason ?? ''}`;
  const total = totals.get(key) ?? { type, reason, events: 0, delta: 0, reserved_delta: 0 };
  total.events += 1;
  total.delta += delta;
  total.reserved_delta += reserved_delta;
  totals.set(key, total);
}

async function readHolds(snapshot: Database, stockId: string) {
  const open = snapshot.selectFrom('reservations').where('stock_id', '=', stockId).where('closed_at', 'is', null);
  const holds = await open
    .select(['id', 'customer_id', 'created_by', 'quantity', 'expires_at', 'batch_id', 'reference'])
    .select(sql<boolean>`expires_at <= statement_timestamp()`.as('lapsed'))
    .orderBy('expires_at').orderBy('id').limit(MAX_HOLDS).execute();
  const { units } = await open.select(sql<number>`coalesce(sum(quantity), 0)::int`.as('units'))
    .executeTakeFirstOrThrow();
  return { holds, units };
}
