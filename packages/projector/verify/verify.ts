/**
 * Compares the view with the log, while both move.
 *
 * Redis is read first, P before the hashes, and Postgres after it. So a field may be older than the log, and is right as
 * long as its numbers are those of its version and no event at or below P is newer. It is never newer than the log. Any
 * other difference is corruption.
 */
import { sql } from 'kysely';
import type { RawBuilder } from 'kysely';
import { requireReadable } from '@inventory/db/formats/formats.ts';
import type { Database } from '@inventory/db/pool.ts';
import { encodeProduct, encodeStock } from '@inventory/view/codec.ts';
import { FILL_FIELD, FULL_FIELD, positionKey, PRODUCT_FIELD, productKey } from '@inventory/view/keys.ts';
import type { History, StoredEvent } from '@inventory/domain/events-stored.ts';
import type { Redis } from '@inventory/runtime/redis/link.ts';
import { readEvent } from '../view/apply.ts';
import { pipelined, WRONG_TYPE } from '@inventory/runtime/redis/scripts.ts';

type DivergenceKind =
  /** Its version is newer than anything in the log. */
  | 'ahead'
  /** Its version is in the log, with other numbers; or it is no value at all, or its key is of another type than a hash. */
  | 'different'
  /** The hash is full, and an event at or below P is newer. */
  | 'behind'
  /** The hash is full, and the field is not there. */
  | 'missing'
  /** No row belongs to it. */
  | 'foreign'
  /** The table differs from its own newest event, which is not the view's fault. */
  | 'table';

export interface Divergence {
  readonly product_id: string;
  readonly field: string;
  readonly kind: DivergenceKind;
  /** What the view has. */
  readonly found: string | null;
  /** What the log has now. */
  readonly expected: string | null;
}

interface Row {
  readonly product_id: string;
  readonly name: string;
  readonly version: number;
  readonly archived: boolean;
  /** The product's newest version at or below P; null: all of its events are behind P. */
  readonly settled_product: number | null;
  readonly store_id: string | null;
  readonly stock_id: string;
  /** The field by the table and by the newest event; null: there is no event. */
  readonly in_table: string;
  readonly in_log: string | null;
  readonly log_version: number | null;
  /** The newest version at or below P; null: all of its events are behind P. */
  readonly settled_version: number | null;
}

interface VerifyDeps {
  readonly db: Database;
  readonly redis: Redis;
  /** The history of schemas; that of the log where it is left out. */
  readonly history?: History;
}

/**
 * The differences between the views of these products and the log; empty when there are none. `settled` is a position that
 * the view is known to have reached, where P does not say so.
 */
export async function verifyProducts(
  { db, redis, history }: VerifyDeps, epoch: string, ids: readonly string[], settled?: number,
): Promise<readonly Divergence[]> {
  const [position, ...hashes] = await pipelined(redis, (pipeline) => {
    pipeline.get(positionKey(epoch));
    for (const id of ids) pipeline.hgetall(productKey(epoch, id));
  });
  const reached = settled ?? (typeof position === 'string' && /^\d{1,16}$/.test(position) ? Number(position) : 0);
  const rows = await readRows(db, ids, reached, history);
  const byProduct = Map.groupBy(rows, (row) => row.product_id);
  const suspects: Suspect[] = [];
  const divergences = ids.flatMap((id, index) => {
    if (hashes[index] === WRONG_TYPE) return [noHash(id)];
    const hash = new Map(Object.entries(hashes[index] ?? {}).map(([field, value]) => [field, String(value)]));
    return judgeProduct(id, hash, byProduct.get(id) ?? [], suspects);
  });
  return [...divergences, ...await judgeOlder(db, suspects, history)];
}

/** The difference of a product whose key holds no hash; a repair removes it. */
function noHash(product_id: string): Divergence {
  return { product_id, field: FULL_FIELD, kind: 'different', found: null, expected: null };
}

/** A field that is older than the log: its numbers must be those of its version. */
interface Suspect { readonly divergence: Divergence; readonly stockId: string; readonly version: number }

function judgeProduct(
  product_id: string, hash: ReadonlyMap<string, string>, rows: readonly Row[], suspects: Suspect[],
): readonly Divergence[] {
  const full = hash.has(FULL_FIELD);
  const known = new Set([FULL_FIELD, FILL_FIELD, PRODUCT_FIELD]);
  const wrong: Divergence[] = [];
  const report = (field: string, kind: DivergenceKind, expected: string | null): void => {
    wrong.push({ product_id, field, kind, found: hash.get(field) ?? null, expected });
  };

  const [product] = rows;
  if (product !== undefined) {
    const expected = encodeProduct(product);
    const found = hash.get(PRODUCT_FIELD);
    const version = versionOf(found);
    const settled = product.settled_product ?? 0;
    if (found === undefined) {
      if (full && settled > 0) report(PRODUCT_FIELD, 'missing', expected);
    } else if (full && version < settled) report(PRODUCT_FIELD, 'behind', expected);
    else if (version > product.version) report(PRODUCT_FIELD, 'ahead', expected);
    else if (version === product.version && found !== expected) report(PRODUCT_FIELD, 'different', expected);
  }
  // A full hash without #product says that there is no such product. With #product and no row it is wrong.
  if (product === undefined && hash.has(PRODUCT_FIELD)) report(PRODUCT_FIELD, 'foreign', null);
  for (const row of rows) {
    if (row.store_id === null) continue;
    known.add(row.store_id);
    if (row.in_log !== row.in_table) report(row.store_id, 'table', row.in_log);
    const found = hash.get(row.store_id);
    const version = versionOf(found);
    const settled = row.settled_version ?? 0;
    if (found === undefined) {
      if (full && settled > 0) report(row.store_id, 'missing', row.in_log);
    } else if (version > (row.log_version ?? 0)) report(row.store_id, 'ahead', row.in_log);
    else if (version === row.log_version || version === 0) {
      if (found !== row.in_log) report(row.store_id, 'different', row.in_log);
    } else if (full && version < settled) report(row.store_id, 'behind', row.in_log);
    else {
      const divergence = { product_id, field: row.store_id, kind: 'different', found, expected: row.in_log } as const;
      suspects.push({ divergence, stockId: row.stock_id, version });
    }
  }
  for (const field of hash.keys()) if (!known.has(field)) report(field, 'foreign', null);
  return wrong;
}

/** The version that a value begins with; 0, which is older than any, when there is none. */
function versionOf(value: string | undefined): number {
  return Number(/^([1-9]\d{0,9}):/.exec(value ?? '')?.[1] ?? 0);
}

async function judgeOlder(db: Database, suspects: readonly Suspect[], history: History | undefined): Promise<readonly Divergence[]> {
  if (suspects.length === 0) return [];
  const { rows } = await sql<{ stream_id: string; version: number; event: StoredEvent }>`
    SELECT e.stream_id, e.stream_version AS version, ${asStored(sql`e`)} AS event
    FROM unnest(${suspects.map(({ stockId }) => stockId)}::uuid[], ${suspects.map(({ version }) => version)}::bigint[]) s (id, version)
    JOIN events e ON e.stream_id = s.id AND e.stream_version = s.version`.execute(db);
  await requireReadable(db, rows.map(({ event }) => event), history);
  const logged = new Map(rows.map(({ stream_id, version, event }) =>
    [`${stream_id} ${version}`, inView(version, event, history)]));
  return suspects.filter(({ divergence, stockId, version }) => divergence.found !== logged.get(`${stockId} ${version}`))
    .map(({ divergence }) => divergence);
}

async function readRows(
  db: Database, ids: readonly string[], position: number, history: History | undefined,
): Promise<readonly Row[]> {
  const { rows } = await sql<Omit<Row, 'in_log'> & { readonly event: StoredEvent | null }>`
    SELECT p.id AS product_id, p.name, p.version, p.archived_at IS NOT NULL AS archived,
      settled_product.stream_version AS settled_product, s.store_id, s.id AS stock_id,
      concat_ws(':', s.version, s.quantity, s.reserved, 0, 0) AS in_table,
      newest.event, newest.stream_version AS log_version, settled.stream_version AS settled_version
    FROM products p
    LEFT JOIN LATERAL (
      SELECT stream_version FROM events WHERE stream_id = p.id AND stream_version IS NOT NULL AND position <= ${position}
      ORDER BY stream_version DESC LIMIT 1
    ) settled_product ON true
    LEFT JOIN stock s ON s.product_id = p.id
    LEFT JOIN LATERAL (
      SELECT stream_version, ${asStored(sql`events`)} AS event FROM events
      WHERE stream_id = s.id AND stream_version IS NOT NULL ORDER BY stream_version DESC LIMIT 1
    ) newest ON true
    LEFT JOIN LATERAL (
      SELECT stream_version FROM events WHERE stream_id = s.id AND stream_version IS NOT NULL AND position <= ${position}
      ORDER BY stream_version DESC LIMIT 1
    ) settled ON true
    WHERE p.id = ANY (${[...ids]}::uuid[])`.execute(db);
  await requireReadable(db, rows.flatMap(({ event }) => event ?? []), history);
  return rows.map(({ event, ...row }) => (
    { ...row, in_log: row.log_version === null || event === null ? null : inView(row.log_version, event, history) }));
}

function asStored(events: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`jsonb_build_object('type', ${events}.event_type, 'version', ${events}.schema_version,
    'payload', ${events}.payload)`;
}

/** The field that belongs in the view after this event of a stock row; null when the event cannot be read. */
function inView(version: number, stored: StoredEvent, history: History | undefined): string | null {
  try {
    const { payload } = readEvent(stored, history);
    return 'quantity' in payload ? encodeStock({ ...payload, version }) : null;
  } catch {
    return null;
  }
}
