/** The stock rows that a viewer begins with, all of one instant, and which events are in them. */
import { LogUntrusted, onKnownServer, UNKNOWN_SERVER } from '@inventory/db/known-server.ts';
import type { Database } from '@inventory/db/pool.ts';
import { InventoryError } from '@inventory/domain/errors.ts';
import { sql } from 'kysely';
import type { Scope } from './asked.ts';
import type { RowFacts } from './rows.ts';

/** Rows of one snapshot, at most. */
const MAX_ROWS = 2000;

interface Snapshot {
  readonly epoch: number;
  /** Every event that is in the rows is at or below it. */
  readonly newest: number;
  /** Everything that was committed by then is in it. */
  readonly asOf: Date;
  readonly rows: readonly RowFacts[];
}

interface Read {
  epoch: number; known: boolean; newest: number; as_of: Date;
  id: string | null; product_id: string; store_id: string; quantity: number; reserved: number; version: number; updated_at: Date;
}

/**
 * Reads the rows of products that are in the catalogue. One statement, so that all is of one instant; `as_of` is the start of
 * the transaction, as in availability/snapshot.ts. OFFSET keeps the plan on the indexes.
 * @throws {InventoryError} validation_failed for more rows than a snapshot has; {LogUntrusted} on a server that nobody has accepted
 */
export async function readSnapshot(db: Database, { products, stores }: Scope): Promise<Snapshot> {
  const inStores = stores === undefined ? sql`true` : sql`s.store_id = ANY (${[...stores]}::text[])`;
  const from = products !== undefined
    ? sql`unnest(${[...products]}::uuid[]) AS asked (id) CROSS JOIN LATERAL (SELECT * FROM stock WHERE stock.product_id = asked.id OFFSET 0) AS s`
    : stores !== undefined
      ? sql`unnest(${[...stores]}::text[]) AS asked (id) CROSS JOIN LATERAL (SELECT * FROM stock WHERE stock.store_id = asked.id OFFSET 0) AS s`
      : sql`stock AS s`;
  const { rows } = await sql<Read>`
    SELECT log_epoch.epoch, ${onKnownServer} AS known, transaction_timestamp() AS as_of,
      coalesce((SELECT max(position) FROM events), 0) AS newest, r.*
    FROM log_epoch LEFT JOIN LATERAL (
      SELECT s.id, s.product_id, s.store_id, s.quantity, s.reserved, s.version, s.updated_at
      FROM ${from} JOIN products AS p ON p.id = s.product_id AND p.archived_at IS NULL
      WHERE ${inStores} LIMIT ${MAX_ROWS + 1}
    ) AS r ON true`.execute(db);
  const [first] = rows;
  if (first?.known !== true) throw new LogUntrusted(UNKNOWN_SERVER);
  if (rows.length > MAX_ROWS) {
    throw new InventoryError('validation_failed', `That is more than ${MAX_ROWS} stock rows: ask for fewer products or stores.`, {
      errors: [{ pointer: products === undefined ? '/store_ids' : '/product_ids', message: `must fit at most ${MAX_ROWS} stock rows` }],
    });
  }
  const { epoch, newest, as_of: asOf } = first;
  return {
    epoch, newest, asOf,
    rows: rows.flatMap(({ id, product_id, store_id, quantity, reserved, version, updated_at: committedAt }) =>
      (id === null ? [] : [{ id, product_id, store_id, quantity, reserved, version, committedAt }])),
  };
}
