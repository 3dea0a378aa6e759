/**
 * What a batch has to count before it decides: what those hold who reserve, and what customers bought who confirm. Two
 * holds of one customer may be of different stock rows, so counting takes a lock of its own, before those of the rows and
 * to the end of the transaction, as theirs are. The same locks guard the refs of the customers for whom holds are made
 * (customers.ts).
 */
import { customerLock, vendorLock } from '@inventory/db/locks.ts';
import type { Actor } from '@inventory/domain/access.ts';
import { InventoryError } from '@inventory/domain/errors.ts';
import { holderOf } from '@inventory/domain/limits.ts';
import type { Held, Holder, Limits } from '@inventory/domain/limits.ts';
import type pg from 'pg';
import type { Command, Part } from './command.ts';
import { NoRef, readRefs } from './customers.ts';
import type { KnownCustomers, RefRow } from './customers.ts';
import type { Pseudonym } from './names.ts';
import { nameOf } from './working-set.ts';

/** What was counted; no entry for one whose lock was skipped. */
export interface Counted {
  readonly limits: Limits;
  /** By `nameOf`. */
  readonly held: ReadonlyMap<string, Held>;
  /** Units that each customer confirmed himself in 24 hours, by his ref. */
  readonly sold: ReadonlyMap<string, number>;
}

const ASKED = `unnest($1::varchar[], $2::bigint[], $3::boolean[], $4::uuid[], $5::varchar[]) AS asked (name, key, shared, ref, id)`;
// Postgres runs such an INSERT behind the SELECT: when all locks are held. A ref of an earlier transaction stays.
const NEW_CUSTOMERS = `
  INSERT INTO customers (ref, external_id) SELECT ref, id FROM locked WHERE ref IS NOT NULL ON CONFLICT (external_id) DO NOTHING`;
const LOCK = `
  WITH locked AS MATERIALIZED (
    SELECT name, ref, id, CASE WHEN shared THEN pg_advisory_xact_lock_shared(key) IS NULL ELSE pg_advisory_xact_lock(key) IS NULL END AS held
    FROM ${ASKED}
  ), made AS (${NEW_CUSTOMERS})
  SELECT name, held FROM locked`;
const LOCK_SKIP = `
  WITH locked AS MATERIALIZED (
    SELECT name, ref, id FROM ${ASKED}
    WHERE CASE WHEN shared THEN pg_try_advisory_xact_lock_shared(key) ELSE pg_try_advisory_xact_lock(key) END
  ), made AS (${NEW_CUSTOMERS})
  SELECT name FROM locked`;

// As in load.ts, each list is walked row by row, by conditions that fit one index only.
const OPEN = `(count(*) FILTER (WHERE r.expires_at > statement_timestamp()))::int AS reservations,
  coalesce(sum(r.quantity) FILTER (WHERE r.expires_at > statement_timestamp()), 0)::int AS units`;
const KNOWN = `LEFT JOIN LATERAL (SELECT c.ref FROM customers AS c WHERE c.external_id = asked.id LIMIT 1) AS known ON true`;

// Holds that others made for a customer are not his doing. A row of an older version does not say who made it. A row bears
// the ref alone, or the id (names.ts), with the ref or, from an older release, without.
const HELD_BY_CUSTOMERS = `
  SELECT asked.id, known.ref, held.* FROM unnest($1::varchar[]) AS asked (id) ${KNOWN} CROSS JOIN LATERAL (
    SELECT ${OPEN} FROM (
      SELECT expires_at, quantity FROM reservations
      WHERE customer_id IS NULL AND (customer_ref, status) >= (known.ref, 'PENDING') AND (customer_ref, status) <= (known.ref, 'PENDING')
        AND made_as IN ('customer', 'service')
      UNION ALL
      SELECT expires_at, quantity FROM reservations
      WHERE (customer_id, status) >= (asked.id, 'PENDING') AND (customer_id, status) <= (asked.id, 'PENDING')
        AND (made_as IN ('customer', 'service') OR made_as IS NULL AND created_by = customer_id)) AS r) AS held`;

const HELD_BY_VENDORS = `
  SELECT asked.id, held.* FROM unnest($1::varchar[]) AS asked (id) CROSS JOIN LATERAL (
    SELECT ${OPEN} FROM reservations AS r
    WHERE r.closed_at IS NULL AND r.made_as = 'vendor' AND (r.created_by, r.expires_at) > (asked.id, statement_timestamp())
      AND (r.created_by, r.expires_at) <= (asked.id, 'infinity')) AS held`;

// The holds of a customer are in the order of their ids, which begin with the time of their making. No hold lasts for more
// than 24 hours, so one that was sold in the last 24 was made in the last 48; the third day is for an api whose clock is behind.
const SINCE = `rpad(lpad(to_hex((extract(epoch FROM statement_timestamp() - interval '3 days') * 1000)::bigint), 12, '0'), 32, '0')::uuid`;
const SOLD_LATELY = `sold_as = 'customer' AND closed_at > statement_timestamp() - interval '24 hours'`;
const SOLD = `
  SELECT asked.id, known.ref, bought.units FROM unnest($1::varchar[]) AS asked (id) ${KNOWN} CROSS JOIN LATERAL (
    SELECT coalesce(sum(r.confirmed_quantity), 0)::int AS units FROM (
      SELECT confirmed_quantity FROM reservations
      WHERE customer_id IS NULL AND (customer_ref, status, id) >= (known.ref, 'CONFIRMED', ${SINCE})
        AND (customer_ref, status) <= (known.ref, 'CONFIRMED') AND ${SOLD_LATELY}
      UNION ALL
      SELECT confirmed_quantity FROM reservations
      WHERE (customer_id, status, id) >= (asked.id, 'CONFIRMED', ${SINCE}) AND (customer_id, status) <= (asked.id, 'CONFIRMED')
        AND ${SOLD_LATELY}) AS r) AS bought`;

const REVOKED = `
  SELECT asked.id, r.issued_until FROM unnest($1::varchar[], $2::varchar[]) AS asked (id, hidden) CROSS JOIN LATERAL (
    SELECT issued_until FROM revoked_tokens WHERE kind = 'sub' AND value IN (asked.id, asked.hidden) OFFSET 0) AS r`;
interface RevokedUser { readonly id: string; readonly issued_until: Date | null }

interface Counting {
  readonly customers: readonly string[];
  readonly vendors: readonly string[];
  readonly buyers: readonly string[];
  /** Customers for whom others make holds that count against those others, or against nobody. */
  readonly served: readonly string[];
  /** Customers who cancel or extend. */
  readonly acting: readonly string[];
  /** In the one order of the locks. */
  readonly locks: readonly Lock[];
}

interface Lock {
  readonly name: string;
  readonly key: bigint;
  readonly shared: boolean;
  /** The customer who gets a ref under this lock, if he has none. */
  readonly customerId: string | undefined;
  /** When the oldest of his own tokens by which he asks for a hold was issued; undefined where only others ask. */
  readonly issuedAtMs: number | undefined;
}

/** What the commands make it necessary to count. */
export function countingOf(commands: readonly Command[]): Counting {
  const holders = new Map<string, Holder>();
  const buyers = new Set<string>();
  const held = new Set<string>();
  const acting = new Set<string>();
  const issued = new Map<string, number>();
  for (const { actor, parts } of commands) {
    const { issuedAtMs } = actor;
    if (issuedAtMs !== undefined) issued.set(actor.id, Math.min(issuedAtMs, issued.get(actor.id) ?? Infinity));
    for (const part of parts) {
      const holder = part.kind === 'reserve' ? holderOf(actor, part.reserve.customerId) : undefined;
      if (holder !== undefined) holders.set(nameOf(holder), holder);
      if (part.kind === 'reserve') held.add(part.reserve.customerId);
      if (sellsToHimself(part, actor)) buyers.add(actor.id);
      else if (actor.role === 'customer' && part.kind === 'reservation') acting.add(actor.id);
    }
  }
  const idsOf = (kind: Holder['kind']) => [...holders.values()].flatMap((holder) => (holder.kind === kind ? [holder.id] : []));
  const [customers, vendors] = [idsOf('customer'), idsOf('vendor')];
  const counted = new Set([...customers, ...buyers]);
  const lockOf = (id: string, shared: boolean): Lock => ({
    name: nameOf({ kind: 'customer', id }), key: customerLock(id), shared, customerId: held.has(id) ? id : undefined, issuedAtMs: issued.get(id),
  });
  const locks = [
    ...[...counted].map((id) => lockOf(id, false)),
    ...[...held].filter((id) => !counted.has(id)).map((id) => lockOf(id, true)),
    ...vendors.map((id): Lock => ({ name: nameOf({ kind: 'vendor', id }), key: vendorLock(id), shared: false, customerId: undefined, issuedAtMs: undefined })),
  ];
  return {
    customers, vendors, buyers: [...buyers], served: [...held].filter((id) => !counted.has(id)), acting: [...acting].filter((id) => !counted.has(id)),
    locks: locks.sort((a, b) => (a.key < b.key ? -1 : 1)),
  };
}

function sellsToHimself(part: Part, { role }: Actor): boolean {
  return role === 'customer' && part.kind === 'reservation' && part.change.type === 'confirm';
}

interface Counts { readonly id: string; readonly units: number; readonly reservations: number }

interface LockOptions {
  readonly skipLocked: boolean;
  /** Those that need not be given a ref; nobody where it is left out. */
  readonly known: KnownCustomers | undefined;
  readonly newId: () => string;
}

/** Takes the locks, and gives a ref to each customer who has none; undefined where there are no locks to take. */
export function lockCounted(
  client: pg.Client, { locks }: Counting, { skipLocked, known, newId }: LockOptions,
): Promise<pg.QueryResult<{ name: string }>> | undefined {
  if (locks.length === 0) return undefined;
  const refs = locks.map(({ customerId: id }) => (id === undefined || known?.has(id) === true ? null : newId()));
  const values = [
    locks.map(({ name }) => name), locks.map(({ key }) => key.toString()), locks.map(({ shared }) => shared),
    refs, locks.map(({ customerId }) => customerId ?? null),
  ];
  return client.query(skipLocked
    ? { name: 'commit-customers-skip', text: LOCK_SKIP, values } : { name: 'commit-customers', text: LOCK, values });
}

/**
 * The users whose tokens are refused, of the customers who are offered a ref and ask for it themselves. A token of somebody who was erased a
 * moment ago may have come this far, because the list in memory is some seconds old, and would give his id another ref.
 * Undefined where there is nobody to look for, which is most often so: whoever is known has a ref.
 */
export function readRevoked(client: pg.Client, { locks }: Counting, { known, pseudonym }: Pick<LockOptions, 'known'> & { readonly pseudonym: Pseudonym }) {
  const ids = locks.flatMap(({ customerId: id, issuedAtMs }) => (id === undefined || issuedAtMs === undefined || known?.has(id) === true ? [] : [id]));
  return ids.length === 0 ? undefined
    : client.query<RevokedUser>({ name: 'commit-revoked', text: REVOKED, values: [ids, ids.map(pseudonym)] });
}

/** @throws {InventoryError} unauthenticated where somebody asks by a token that is refused: of a batch, by halves, only he is told so */
export function refuseRevoked({ locks }: Counting, revoked: Rows<RevokedUser>): void {
  for (const { id, issued_until: until } of revoked?.rows ?? []) {
    const issuedAtMs = locks.find(({ customerId }) => customerId === id)?.issuedAtMs ?? Infinity;
    if (until === null || issuedAtMs <= until.getTime()) throw new InventoryError('unauthenticated', 'A valid bearer token is needed.');
  }
}

/** Counts, each kind in a statement where there is something of the kind to count, and reads the refs of the customers. */
export function count(client: pg.Client, { customers, vendors, buyers, served, acting }: Counting) {
  const ask = <T>(name: string, text: string, ids: readonly string[]) => (ids.length === 0 ? undefined
    : client.query<Counts & T>({ name, text, values: [ids] }));
  return [
    ask<RefRow>('commit-held', HELD_BY_CUSTOMERS, customers), ask('commit-held-vendors', HELD_BY_VENDORS, vendors),
    ask<RefRow>('commit-sold', SOLD, buyers), readRefs(client, [...new Set([...served, ...acting])]),
  ] as const;
}

type Rows<T> = { readonly rows: readonly T[] } | undefined;

/** The answers of the statements: whose locks are held, and what was counted and read of them. */
interface Answers {
  readonly locked: Rows<{ readonly name: string }>;
  readonly ofCustomers: Rows<Counts & RefRow>;
  readonly ofVendors: Rows<Counts>;
  readonly sold: Rows<Counts & RefRow>;
  readonly refs: Rows<RefRow>;
}

/**
 * What was counted, of those whose locks are held: of a customer under his ref.
 * @param answers with the refs of those who act, also of those who got theirs only after the counting
 */
export function countedOf(
  { customers, vendors, buyers }: Counting, limits: Limits,
  { locked, ofCustomers, ofVendors, sold, actorRefs }: Answers & { readonly actorRefs: ReadonlyMap<string, string> },
): Counted {
  const names = new Set(locked?.rows.map(({ name }) => name));
  const isLocked = (holder: Holder): boolean => names.has(nameOf(holder));
  const held = new Map<string, Held>();
  const customersById = new Map(ofCustomers?.rows.map((row) => [row.id, row]));
  for (const id of customers) {
    const row = customersById.get(id);
    if (isLocked({ kind: 'customer', id })) held.set(nameOf({ kind: 'customer', id: row?.ref ?? id }), row ?? { units: 0, reservations: 0 });
  }
  const vendorsById = new Map(ofVendors?.rows.map((row) => [row.id, row]));
  for (const id of vendors) {
    if (isLocked({ kind: 'vendor', id })) held.set(nameOf({ kind: 'vendor', id }), vendorsById.get(id) ?? { units: 0, reservations: 0 });
  }
  const soldById = new Map(sold?.rows.map((row) => [row.id, row]));
  return {
    limits, held,
    sold: new Map(buyers.filter((id) => isLocked({ kind: 'customer', id })).map((id) => {
      const row = soldById.get(id);
      return [actorRefs.get(id) ?? id, row?.units ?? 0];
    })),
  };
}

/**
 * The refs of the customers for whom holds are to be made, by their ids, without those whose locks were skipped; and of those
 * who act. A customer who acts and has no ref is left out: he has no holds.
 * @throws {NoRef} for one who was taken for known and is not; he is forgotten
 */
export function refsOf({ locks }: Counting, known: KnownCustomers | undefined, { locked, ofCustomers, sold, refs: others }: Answers) {
  const names = new Set(locked?.rows.map(({ name }) => name));
  const found = new Map([...ofCustomers?.rows ?? [], ...sold?.rows ?? [], ...others?.rows ?? []]
    .flatMap(({ id, ref }) => (ref === null ? [] : [[id, ref]])));
  const refs = new Map<string, string>();
  const missing: string[] = [];
  for (const { name, customerId: id } of locks) {
    if (id === undefined || !names.has(name)) continue;
    const ref = found.get(id);
    if (ref === undefined) missing.push(id);
    else refs.set(id, ref);
  }
  if (missing.length === 0) return { refs, actorRefs: found };
  known?.forget(missing);
  throw new NoRef(`${missing.length} customers have no ref`);
}
