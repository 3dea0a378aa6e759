/**
 * A long past, written straight into the tables: what a system holds that has been running for months. Every invariant
 * holds on it, as if each sale had been made through the api.
 */
import pg from 'pg';
import { addStockRows } from './fixture.ts';

/** Units that each row receives first. */
const UNITS = 1_000_000;
/** Whose holds they were: `bench-0` and so on, each an index entry that a later look at his open holds walks past. */
const CUSTOMERS = 500;
/** The sales lie between these, so that all of them are older than the stream keeps its messages. */
const BEGUN_DAYS_AGO = 38;
const ENDED_DAYS_AGO = 8;
/** One statement stays far below the statement timeout of a patient connection. */
const EVENTS_A_STATEMENT = 20_000;
const WRITERS = 2;
const VACUUM_TIMEOUT_MS = 900_000;

const COLUMNS = `id, event_type, store_id, aggregate_id, payload, timestamp, stream_id, stream_version, metadata`;

/** A UUID of version 7 at that time, as the api makes them: what comes later is greater. */
const v7 = (time: string): string => `(lpad(to_hex((extract(epoch FROM ${time}) * 1000)::bigint), 12, '0') || '7'
  || substr(replace(gen_random_uuid()::text, '-', ''), 14))::uuid`;
const iso = (time: string): string => `to_char(${time} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
const metadata = (role: string): string => `jsonb_build_object('actor', jsonb_build_object('id', 'bench', 'role', '${role}'),
  'request_id', gen_random_uuid())`;
const after = (quantity: string, reserved: string, version: string): string => `'stock_id', id, 'product_id', product_id,
  'store_id', store_id, 'quantity', ${quantity}, 'reserved', ${reserved}, 'available', ${quantity} - ${reserved},
  'version', ${version}`;

/** Version $2 of the rows $1 at time $3: so many units ($4) more, with $5 then there. */
const RECEIPT = `
  INSERT INTO events (${COLUMNS})
  SELECT ${v7('$3::timestamptz')}, 'stock.updated', store_id, product_id, jsonb_build_object(
      ${after('$5::int', '0', '$2::int')}, 'delta', $4::int, 'reserved_delta', 0, 'reason', 'RESTOCK',
      'user_id', 'bench', 'reference', null, 'note', null, 'occurred_at', null),
    $3, id, $2::int, ${metadata('vendor')}
  FROM stock WHERE id = ANY ($1::uuid[])`;

/** One sale of a unit for each of the rows $1: held at time $3 (version $2, $4 then there), confirmed a minute later. */
const SALE = `
  WITH sold AS MATERIALIZED (
    SELECT id, product_id, store_id, ${v7('$3::timestamptz')} AS reservation_id,
      'bench-' || floor(random() * ${CUSTOMERS}) AS customer_id, $3::timestamptz AS made_at,
      $3::timestamptz + interval '1 minute' AS closed_at, $3::timestamptz + interval '10 minutes' AS expires_at
    FROM stock WHERE id = ANY ($1::uuid[])
  ), held AS (
    INSERT INTO reservations (id, stock_id, product_id, store_id, customer_id, quantity, status, expires_at, created_at,
      created_by, confirmed_quantity, closed_at)
    SELECT reservation_id, id, product_id, store_id, customer_id, 1, 'CONFIRMED', expires_at, made_at, customer_id, 1,
      closed_at FROM sold
  )
  INSERT INTO events (${COLUMNS})
  SELECT ${v7('time')}, event_type, store_id, reservation_id, payload, time, id, version, ${metadata('customer')}
  FROM (
    SELECT id, store_id, reservation_id, made_at AS time, 'reservation.created' AS event_type, $2::int AS version,
      jsonb_build_object(${after('$4::int', '1', '$2::int')}, 'delta', 0, 'reserved_delta', 1,
        'reservation_id', reservation_id, 'customer_id', customer_id, 'reservation_quantity', 1, 'batch_id', null,
        'reference', null, 'created_by', customer_id, 'created_at', ${iso('made_at')}, 'expires_at', ${iso('expires_at')})
        AS payload
    FROM sold
    UNION ALL
    SELECT id, store_id, reservation_id, closed_at, 'reservation.confirmed', $2::int + 1,
      jsonb_build_object(${after('$4::int - 1', '0', '$2::int + 1')}, 'delta', -1, 'reserved_delta', -1,
        'reservation_id', reservation_id, 'customer_id', customer_id, 'reservation_quantity', 1, 'batch_id', null,
        'reference', null, 'confirmed_quantity', 1, 'closed_at', ${iso('closed_at')})
    FROM sold
  ) pair ORDER BY version, id`;

/**
 * Makes `rows` stock rows with `events / rows` events each (rounded down; at least 1): a receipt, then sales, each a hold
 * and its confirmation; the rows take turns. All of it was published to a stream that nobody knows any more. The tables are vacuumed and analysed in the end.
 * @returns the ids of the rows
 */
export async function fillPast(
  pool: pg.Pool, { rows, events }: { readonly rows: number; readonly events: number },
): Promise<readonly string[]> {
  const each = Math.max(1, Math.floor(events / rows));
  const stockIds: string[] = [];
  while (stockIds.length < rows) stockIds.push(...await addStockRows(pool, { rows: Math.min(5_000, rows - stockIds.length) }));
  const slices = slicesOf(stockIds, Math.min(EVENTS_A_STATEMENT / 2, Math.ceil(rows / WRITERS)));
  const timeOf = (version: number): string => new Date(Date.now()
    - (BEGUN_DAYS_AGO - ((BEGUN_DAYS_AGO - ENDED_DAYS_AGO) * version) / each) * 86_400_000).toISOString();
  const sales = Math.floor((each - 1) / 2);
  const inTurns = async (version: number, text: string, values: readonly unknown[]): Promise<void> => {
    const left = slices.values();
    await Promise.all(Array.from({ length: WRITERS }, async () => {
      for (const ids of left) await pool.query(text, [ids, version, timeOf(version), ...values]);
    }));
  };
  await inTurns(1, RECEIPT, [UNITS, UNITS]);
  for (let sale = 0; sale < sales; sale += 1) await inTurns(2 + 2 * sale, SALE, [UNITS - sale]);
  // An even number of events ends with another receipt.
  const receipts = each - 1 - 2 * sales;
  if (receipts > 0) await inTurns(each, RECEIPT, [1, UNITS - sales + 1]);
  await pool.query('UPDATE stock SET quantity = $2, version = $3 WHERE id = ANY ($1::uuid[])',
    [stockIds, UNITS - sales + receipts, each]);
  await pool.query(`INSERT INTO published_runs (stream, first_position, last_position, first_sequence, count, term)
    SELECT '', min(position), max(position), 1, count(*), 0 FROM events
    ON CONFLICT (stream, first_sequence) DO UPDATE SET last_position = excluded.last_position, count = excluded.count`);
  await vacuum(pool);
  return stockIds;
}

/** So that no autovacuum of millions of new rows meets what comes next. Of a large log it takes minutes. */
async function vacuum(pool: pg.Pool): Promise<void> {
  const patient = new pg.Client({ ...pool.options, statement_timeout: VACUUM_TIMEOUT_MS, query_timeout: VACUUM_TIMEOUT_MS });
  await patient.connect();
  try {
    for (const table of ['products', 'stock', 'reservations', 'events']) await patient.query(`VACUUM (ANALYZE) ${table}`);
  } finally {
    await patient.end();
  }
}

function slicesOf<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, nth) => items.slice(nth * size, (nth + 1) * size));
}
