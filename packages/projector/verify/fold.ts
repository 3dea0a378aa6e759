/** Folds every stock row's stream from its first event on, in pages, and checks each event against the sum so far. */
import { sql } from 'kysely';
import { requireReadable } from '@inventory/db/formats/formats.ts';
import type { Database } from '@inventory/db/pool.ts';
import type { History } from '@inventory/domain/events-stored.ts';
import { isStockRowEvent } from '@inventory/domain/events.ts';
import type { Stock } from '@inventory/domain/stock.ts';
import { evolveStock } from '@inventory/domain/stock.ts';
import { formatOf, readEvent } from '../view/apply.ts';

interface FoldFault {
  readonly stock_id: string;
  readonly detail: string;
}

interface Row {
  readonly stream_id: string;
  readonly stream_version: number;
  readonly event_type: string;
  readonly schema_version: number;
  readonly payload: unknown;
}

const PAGE = 5_000;

/**
 * Adds up the changes of each stock row's events, and compares the state in each event with the sum: the view and the
 * table are made of these states. Yields, after each page, how many events were read and which of them do not fit.
 */
export async function* foldLog(
  { db, history }: { readonly db: Database; readonly history?: History },
): AsyncGenerator<{ readonly events: number; readonly faults: readonly FoldFault[] }> {
  let stock: Stock | undefined;
  let broken: string | undefined;
  let after = { id: '00000000-0000-0000-0000-000000000000', version: 0 };
  for (let full = true; full;) {
    const { rows } = await sql<Row>`
      SELECT stream_id, stream_version, event_type, schema_version, payload FROM events
      WHERE (stream_id, stream_version) > (${after.id}::uuid, ${after.version}::bigint) AND stream_version IS NOT NULL
      ORDER BY stream_id, stream_version LIMIT ${PAGE}`.execute(db);
    full = rows.length === PAGE;
    await requireReadable(db, rows.map(formatOf), history);
    const faults: FoldFault[] = [];
    for (const row of rows) {
      if (row.stream_id !== after.id) stock = undefined;
      after = { id: row.stream_id, version: row.stream_version };
      if (row.stream_id === broken || !/^(stock|reservation)\./.test(row.event_type)) continue;
      try {
        stock = advance(stock, row, history);
      } catch (error) {
        broken = row.stream_id;
        const [reason] = (error instanceof Error ? error.message : String(error)).split('\n', 1);
        faults.push({ stock_id: row.stream_id, detail: `version ${row.stream_version}: ${reason ?? ''}` });
      }
    }
    yield { events: rows.length, faults };
  }
}

/** The row after one more event. @throws {Error} with the reason why the event does not follow */
function advance(before: Stock | undefined, row: Row, history: History | undefined): Stock {
  const event = readEvent({ type: row.event_type, version: row.schema_version, payload: row.payload }, history);
  if (!isStockRowEvent(event)) throw new Error('not an event of a stock row');
  const stock = evolveStock(before, event);
  const { quantity, reserved } = event.payload;
  if (stock.quantity === quantity && stock.reserved === reserved) return stock;
  throw new Error(`says ${quantity} ${reserved}, the changes so far add up to ${stock.quantity} ${stock.reserved}`);
}
