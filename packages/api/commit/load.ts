/**
 * The first round trip of a group commit: it locks every stock row that the batch touches, then reads. The locks are
 * taken in one sorted order everywhere, customers before stock rows, so that two carts cannot deadlock. Reading begins in
 * statements of their own, after the locks are held: in one statement with the lock, a transaction that waited behind a
 * commit would still see the old rows and an old clock (docs/traps.md, 11).
 */
import { sendTogether } from '@inventory/db/session/connection.ts';
import { unitOf } from '@inventory/domain/limits.ts';
import type { Limits } from '@inventory/domain/limits.ts';
import type { Reservation } from '@inventory/domain/reservation.ts';
import type { Stock } from '@inventory/domain/stock.ts';
import type pg from 'pg';
import { keyOf, touched, UNTOUCHED } from './command.ts';
import type { Command, Pair, ProductLabel } from './command.ts';
import { count, countedOf, countingOf, lockCounted, readRevoked, refsOf, refuseRevoked } from './counting.ts';
import type { Counted } from './counting.ts';
import { giveRefs, readNames, readRefs } from './customers.ts';
import type { KnownCustomers } from './customers.ts';
import { keysOf } from './idempotency.ts';
import type { StoredAnswer } from './idempotency.ts';
import { refsIn } from './names.ts';
import type { Names, Pseudonym } from './names.ts';
import { heldToRead, readHeld, RESERVATION_COLUMNS, reservationOf } from './reservation-row.ts';
import type { FoundReservation } from './reservation-row.ts';

/** All that the decisions of one batch may look at, as of the moment when the locks were held. */
export interface Loaded {
  readonly now: Date;
  readonly stocks: readonly Stock[];
  readonly reservations: readonly Reservation[];
  /** The stock rows whose holds were not read as far as their counts may end them: the other counts of the batch left no room. */
  readonly unread?: ReadonlySet<string>;
  readonly answers: readonly StoredAnswer[];
  /** Products and stores that exist, of those whose stock row was not found, or was empty and is to be changed. */
  readonly products: ReadonlySet<string>;
  readonly stores: ReadonlySet<string>;
  /** The stock rows that were empty and are to be changed. */
  readonly emptied?: ReadonlySet<string>;
  /** The archived products of stock rows that were empty and are to be held from. */
  readonly archived?: ReadonlySet<string>;
  /** What those hold and bought whose limits count in this batch. */
  readonly counted?: Counted;
  /** The refs of the customers for whom holds are to be made, by their ids; without those whose locks were skipped. */
  readonly refs?: ReadonlyMap<string, string>;
  /** The refs of those who act, by their ids. */
  readonly actorRefs?: ReadonlyMap<string, string>;
  /** Who is behind the refs that are here. */
  readonly names?: Names;
  /** What answers say of the products of these stock rows, and of those for which a row may be made, by their ids. */
  readonly labels?: ReadonlyMap<string, ProductLabel>;
  /** True where customers got a ref of whom maybe nothing else is written: then even a batch that changes nothing is committed. */
  readonly gaveRefs?: boolean;
}

// A lane keeps its first plan, made maybe when the tables were empty or had other contents. As joins, these statements
// would then read all stock rows, all open holds or all keys in each transaction [3.1 of 8 ms beside 100 000 open holds,
// and growing]. So each list is walked row by row (LATERAL with a LIMIT or OFFSET, which no planner turns into another
// join), and each row is found by conditions that fit one index only: a comparison of pairs, and an order. Decision 0019;
// plans.int.test.ts counts the pages.

/** The stock rows of a batch: by product and store, or through a reservation, whose stock_id never changes. */
const TOUCHED = `
  SELECT s.id FROM unnest($1::uuid[], $2::varchar[]) AS named (product_id, store_id) CROSS JOIN LATERAL (
    SELECT id FROM stock WHERE product_id BETWEEN named.product_id AND named.product_id
      AND (product_id, store_id) >= (named.product_id, named.store_id)
      AND (product_id, store_id) <= (named.product_id, named.store_id) ORDER BY product_id, store_id LIMIT 1) AS s
  UNION
  SELECT r.stock_id FROM unnest($3::uuid[]) AS named (id) CROSS JOIN LATERAL (
    SELECT stock_id FROM reservations WHERE id BETWEEN named.id AND named.id ORDER BY id LIMIT 1) AS r`;

// What answers say of the products comes along; only the stock rows are locked.
const LOCK = `
  SELECT locked.id, product_id, store_id, quantity, reserved, locked.version, sku, name, unit FROM stock AS locked
  CROSS JOIN LATERAL (SELECT sku, name, unit FROM products WHERE products.id = locked.product_id LIMIT 1) AS label
  WHERE locked.id = ANY (ARRAY(${TOUCHED})) ORDER BY locked.id FOR UPDATE OF locked`;

const CLOCK = 'SELECT clock_timestamp() AS now';

// The lapsed holds of the locked rows come along, so that no decision counts them. statement_timestamp is of this
// statement, so later than the clock above, and unlike clock_timestamp it lets the index on open holds answer.
const RESERVATIONS = `
  SELECT found.*, known.external_id FROM (
  SELECT r.* FROM unnest($3::uuid[]) AS named (id) CROSS JOIN LATERAL (
    SELECT ${RESERVATION_COLUMNS} FROM reservations WHERE id BETWEEN named.id AND named.id ORDER BY id LIMIT 1) AS r
  UNION
  SELECT lapsed.* FROM (${TOUCHED}) AS touched CROSS JOIN LATERAL (
    SELECT ${RESERVATION_COLUMNS} FROM reservations
    WHERE closed_at IS NULL AND (stock_id, expires_at) >= (touched.id, '-infinity')
      AND (stock_id, expires_at) <= (touched.id, statement_timestamp()) OFFSET 0) AS lapsed
  ) AS found LEFT JOIN LATERAL (SELECT c.external_id FROM customers AS c WHERE c.ref = found.customer_ref LIMIT 1) AS known ON true
  ORDER BY expires_at, id`;

const ANSWERS = `
  SELECT found.* FROM unnest($1::varchar[], $2::varchar[], $3::varchar[]) AS asked (principal, operation, key)
  CROSS JOIN LATERAL (
    SELECT principal, operation, key, fingerprint, status, headers, response FROM idempotency_keys k
    WHERE k.principal = asked.principal AND k.operation = asked.operation AND k.key = asked.key LIMIT 1) AS found`;

// FOR SHARE: waits for a product that is being archived, and for a store that is being made.
const PRODUCTS = 'SELECT id, sku, name, unit FROM products WHERE id = ANY ($1::uuid[]) AND archived_at IS NULL ORDER BY id FOR SHARE';
// Only for the words of a refusal, so it locks nothing: nothing can be held of an empty row.
const ARCHIVED = 'SELECT id FROM products WHERE id = ANY ($1::uuid[]) AND archived_at IS NOT NULL';
const STORES = 'SELECT id FROM stores WHERE id = ANY ($1::varchar[]) ORDER BY id FOR SHARE';

interface LabelRow { sku: string; name: string; unit: string }
interface StockRow extends LabelRow {
  id: string; product_id: string; store_id: string; quantity: number; reserved: number; version: number;
}

interface LoadOptions {
  /** Leaves out rows that are locked elsewhere, instead of waiting for them. */
  readonly skipLocked: boolean;
  readonly limits: Limits;
  readonly known: KnownCustomers | undefined;
  readonly pseudonym: Pseudonym;
  readonly newId: () => string;
  /** True where the transaction is open already, with the locks that come before those of stock rows. */
  readonly begun?: boolean;
}

/**
 * Opens the transaction, locks and reads: one round trip where every stock row exists and the client pipelines. Resolves
 * with the transaction open. It may be open after a rejection too; the caller ends it either way.
 * @throws {NoRef}
 * @throws {InventoryError} unauthenticated
 */
export async function load(
  client: pg.Client, commands: readonly Command[], { skipLocked, limits, known, pseudonym, newId, begun = false }: LoadOptions,
): Promise<Loaded> {
  const { pairs, reservationIds, returned, counts: counters } = touched(commands);
  const rows = [pairs.map((p) => p.productId), pairs.map((p) => p.storeId), reservationIds];
  const counting = countingOf(commands);
  const keyed = commands.flatMap(({ actor, idempotency }) => (idempotency === undefined ? [] : keysOf(actor.id, idempotency, pseudonym).all));
  const lock = skipLocked
    ? { name: 'commit-lock-skip', text: `${LOCK} SKIP LOCKED`, values: rows }
    : { name: 'commit-lock', text: LOCK, values: rows };
  const [, counted, locked, clock, reservations, ofCustomers, ofVendors, sold, asked, revoked, answers] = await sendTogether(client, () => allSettledThenThrow([
    begun ? undefined : client.query('BEGIN ISOLATION LEVEL READ COMMITTED'),
    lockCounted(client, counting, { skipLocked, known, newId }),
    client.query<StockRow>(lock),
    client.query<{ now: Date }>({ name: 'commit-clock', text: CLOCK }),
    client.query<FoundReservation>({ name: 'commit-reservations', text: RESERVATIONS, values: rows }),
    ...count(client, counting),
    readRevoked(client, counting, { known, pseudonym }),
    keyed.length === 0 ? undefined : client.query<StoredAnswer>({
      name: 'commit-answers', text: ANSWERS,
      values: [keyed.map((k) => k.principal), keyed.map((k) => k.operation), keyed.map((k) => k.key)],
    }),
  ]));
  const [time] = clock.rows;
  if (time === undefined) throw new Error('the clock did not answer');

  refuseRevoked(counting, revoked);
  const counts = { locked: counted, ofCustomers, ofVendors, sold, refs: asked };
  const found = new Map(locked.rows.map((row) => [`${row.product_id}/${row.store_id}`, row]));
  // The row of a return is known only now. It grows, as that of a receipt.
  const grown = reservations.rows.filter(({ id }) => returned.has(id))
    .map(({ product_id: productId, store_id: storeId }): Pair => ({ ...UNTOUCHED, productId, storeId, changed: true }));
  const unsure = [...pairs, ...grown].filter((pair) => {
    const row = found.get(keyOf(pair));
    return row === undefined || (pair.changed && row.quantity === 0);
  });
  const { held, unread } = await readHeld(client, shortOf(pairs, found), time.now);
  const named = await nameCustomers(client, {
    ...refsOf(counting, known, counts), rows: withoutRepeats([...reservations.rows, ...held]), answers: answers?.rows ?? [], newId,
  });
  const catalogue = await readCatalogue(client, unsure, pairs.filter((pair) => !pair.changed && found.get(keyOf(pair))?.quantity === 0));
  return {
    ...named,
    now: time.now,
    // A count that is alone in its batch gets all that one can get: it is refused, and told to count in steps.
    ...(counters > 1 ? { unread } : {}),
    stocks: locked.rows.map((row) => ({
      id: row.id, productId: row.product_id, storeId: row.store_id,
      quantity: row.quantity, reserved: row.reserved, version: row.version,
    })),
    answers: answers?.rows ?? [],
    counted: countedOf(counting, limits, { ...counts, actorRefs: named.actorRefs }),
    emptied: new Set(unsure.flatMap((pair) => found.get(keyOf(pair))?.id ?? [])),
    products: catalogue.products, stores: catalogue.stores, archived: catalogue.archived,
    labels: new Map([...catalogue.labels, ...locked.rows.map((row) => [row.product_id, labelOf(row)] as const)]),
  };
}

/** Finds out whose the reservations and the stored answers are. Most of it came along with them. */
async function nameCustomers(client: pg.Client, { refs, actorRefs, rows, answers, newId }: {
  readonly refs: ReadonlyMap<string, string>; readonly actorRefs: ReadonlyMap<string, string>;
  readonly rows: readonly FoundReservation[]; readonly answers: readonly StoredAnswer[]; readonly newId: () => string;
}): Promise<Required<Pick<Loaded, 'reservations' | 'refs' | 'actorRefs' | 'names' | 'gaveRefs'>>> {
  const refOf = new Map([...actorRefs, ...refs]);
  const names = new Map<string, string | null>([...refOf].map(([id, ref]) => [ref, id]));
  for (const { customer_ref: ref, external_id: id } of rows) if (ref !== null) names.set(ref, id);
  // Rows that an older release has made, or makes now.
  const without = [...new Set(rows.flatMap(({ customer_ref: ref, customer_id: id }) => (ref === null && id !== null && !refOf.has(id) ? [id] : [])))];
  const nameless = [...new Set(answers.flatMap(({ response }) => refsIn(response)))].filter((ref) => !names.has(ref));
  if (without.length > 0 || nameless.length > 0) {
    const [, given, told] = await sendTogether(client, () => allSettledThenThrow([
      giveRefs(client, without, newId), readRefs(client, without), readNames(client, nameless),
    ]));
    for (const { id, ref } of given?.rows ?? []) {
      if (ref === null) continue;
      refOf.set(id, ref);
      names.set(ref, id);
    }
    for (const { id, ref } of told?.rows ?? []) names.set(ref, id);
  }
  return {
    refs, names, actorRefs: refOf, gaveRefs: without.length > 0,
    reservations: rows.map((row) => reservationOf({ ...row, customer_ref: row.customer_ref ?? refOf.get(row.customer_id ?? '') ?? null })),
  };
}

/**
 * The rows whose counts may find less than is held by then. Counts of few lines come first: that of one product does not wait for
 * that of a whole shelf.
 */
function shortOf(pairs: readonly Pair[], rows: ReadonlyMap<string, StockRow>) {
  return pairs.flatMap((pair) => {
    const row = rows.get(keyOf(pair));
    const missing = row === undefined ? 0 : row.reserved + pair.wanted - pair.found;
    return row === undefined || missing <= 0 ? [] : [{ id: row.id, most: heldToRead(missing, pair), lines: pair.lines }];
  }).toSorted((a, b) => a.lines - b.lines);
}

/** A hold may be read twice: named by a command, and with all of its row. */
function withoutRepeats(rows: readonly FoundReservation[]): readonly FoundReservation[] {
  return [...new Map(rows.map((row) => [row.id, row])).values()];
}

async function readCatalogue(client: pg.Client, unsure: readonly Pair[], soldOut: readonly Pair[]) {
  const ask = <R extends { id: string }>(name: string, text: string, of: readonly string[]) =>
    (of.length === 0 ? undefined : client.query<R>({ name, text, values: [of] }));
  const [products, stores, archived] = unsure.length === 0 && soldOut.length === 0 ? [] : await sendTogether(client, () => allSettledThenThrow([
    ask<{ id: string } & LabelRow>('commit-products', PRODUCTS, unsure.map((pair) => pair.productId)),
    ask('commit-stores', STORES, unsure.map((pair) => pair.storeId)),
    ask('commit-archived', ARCHIVED, soldOut.map((pair) => pair.productId)),
  ]));
  const idsOf = (answer: { readonly rows: readonly { readonly id: string }[] } | undefined) => new Set(answer?.rows.map(({ id }) => id));
  return {
    products: idsOf(products), stores: idsOf(stores), archived: idsOf(archived),
    labels: (products?.rows ?? []).map((row) => [row.id, labelOf(row)] as const),
  };
}

function labelOf({ sku, name, unit }: LabelRow): ProductLabel {
  return { sku, name, unit: unitOf(unit) };
}

/**
 * Waits for every statement of a pipeline before it throws the first error: the statements behind a failed one fail too,
 * and an answer that is still on its way must not meet the next transaction.
 */
async function allSettledThenThrow<T extends readonly unknown[] | []>(
  statements: T,
): Promise<{ -readonly [P in keyof T]: Awaited<T[P]> }> {
  const settled = await Promise.allSettled(statements);
  for (const result of settled) if (result.status === 'rejected') throw result.reason;
  return Promise.all(statements);
}
