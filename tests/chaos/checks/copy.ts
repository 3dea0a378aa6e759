/**
 * A copy of all data that the checkers need from Postgres, as of one instant. It is read in one REPEATABLE READ transaction,
 * with SQL that belongs to the checkers.
 */
import type { Query } from '../world/sql.ts';
import { readMarks } from './marks.ts';
import type { Marks } from './marks.ts';

export interface LoggedEvent {
  readonly position: number;
  readonly id: string;
  readonly type: string;
  readonly store: string;
  readonly aggregate: string;
  /** The stock row, product or store that the event is about. */
  readonly row: string;
  readonly version: number | null;
  readonly at_ms: number;
  /** MD5 of the payload's text, which is what the relay publishes. */
  readonly body: string;
  readonly product: string | null;
  readonly quantity: number | null;
  readonly reserved: number | null;
  readonly available: number | null;
  readonly delta: number | null;
  readonly reserved_delta: number | null;
  readonly held: number | null;
  readonly confirmed: number | null;
  readonly reference: string | null;
  readonly batch: string | null;
  readonly name: string | null;
  readonly expires_at: string | null;
}

export interface StockRow {
  readonly id: string;
  readonly product: string;
  readonly store: string;
  readonly quantity: number;
  readonly reserved: number;
  readonly version: number;
}

export interface ReservationRow {
  readonly id: string;
  readonly stock: string;
  readonly quantity: number;
  readonly status: string;
  readonly confirmed: number | null;
  readonly expires_ms: number;
  readonly closed_ms: number | null;
  readonly batch: string | null;
}

export interface Copy {
  /** The database's clock before the first read. */
  readonly nowMs: number;
  readonly epoch: number;
  /** In the order of the log. */
  readonly events: readonly LoggedEvent[];
  readonly stock: readonly StockRow[];
  readonly reservations: readonly ReservationRow[];
  /** Keys under which a 5xx answer is stored, which must not happen. */
  readonly storedFailures: readonly string[];
  readonly marks: Marks;
}

const PAGE = 2_000;

/** Reads the copy. The caller provides the transaction. */
export async function takeCopy(query: Query): Promise<Copy> {
  const [now] = await query<{ ms: number }>('SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS ms');
  const [epoch] = await query<{ epoch: number }>('SELECT epoch FROM log_epoch');
  return {
    nowMs: now?.ms ?? 0,
    epoch: epoch?.epoch ?? 0,
    events: await readEvents(query),
    stock: await query<StockRow>('SELECT id, product_id AS product, store_id AS store, quantity, reserved, version FROM stock'),
    reservations: await query<ReservationRow>(`
      SELECT id, stock_id AS stock, quantity, status, confirmed_quantity AS confirmed, batch_id AS batch,
        (extract(epoch FROM expires_at) * 1000)::float8 AS expires_ms, (extract(epoch FROM closed_at) * 1000)::float8 AS closed_ms
      FROM reservations`),
    storedFailures: (await query<{ key: string }>('SELECT key FROM idempotency_keys WHERE status >= 500 LIMIT 50')).map(({ key }) => key),
    marks: await readMarks(query),
  };
}

async function readEvents(query: Query): Promise<readonly LoggedEvent[]> {
  const events: LoggedEvent[] = [];
  for (;;) {
    const page = await query<LoggedEvent>(`
      SELECT position::float8 AS position, id, event_type AS type, store_id AS store, aggregate_id AS aggregate, stream_id AS row,
        stream_version::int AS version, (extract(epoch FROM timestamp) * 1000)::float8 AS at_ms, md5(payload::text) AS body,
        payload ->> 'product_id' AS product, (payload ->> 'quantity')::int AS quantity, (payload ->> 'reserved')::int AS reserved,
        (payload ->> 'available')::int AS available, (payload ->> 'delta')::int AS delta,
        (payload ->> 'reserved_delta')::int AS reserved_delta, (payload ->> 'reservation_quantity')::int AS held,
        (payload ->> 'confirmed_quantity')::int AS confirmed, payload ->> 'reference' AS reference,
        payload ->> 'batch_id' AS batch, payload ->> 'name' AS name, payload ->> 'expires_at' AS expires_at
      FROM events WHERE position > $1 ORDER BY position LIMIT ${PAGE}`, [events.at(-1)?.position ?? -1]);
    events.push(...page);
    if (page.length < PAGE) return events;
  }
}
