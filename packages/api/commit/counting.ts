/**
 * What a batch has to count before it decides: what those hold who reserve, and what customers bought who confirm. Two
 * holds of one customer may be of different stock rows, so counting takes a lock of its own, before those of the rows and
 * to the end of the transaction, as theirs are.
 */
import { customerLock, vendorLock } from '@inventory/db/locks.ts';
import type { Actor } from '@inventory/domain/access.ts';
import { holderOf } from '@inventory/domain/limits.ts';
import type { Held, Holder, Limits } from '@inventory/domain/limits.ts';
import type pg from 'pg';
import type { Command, Part } from './command.ts';
import { nameOf } from './working-set.ts';

/** What was counted; no entry for one whose lock was skipped. */
export interface Counted {
  readonly limits: Limits;
  /** By `nameOf`. */
  readonly held: ReadonlyMap<string, Held>;
  /** Units that each customer confirmed himself in 24 hours. */
  readonly sold: ReadonlyMap<string, number>;
}

const LOCK = `
  SELECT name, pg_advisory_xact_lock(key) FROM unnest($1::varchar[], $2::bigint[]) AS asked (name, key)`;
const LOCK_SKIP = `
  SELECT name FROM unnest($1::varchar[], $2::bigint[]) AS asked (name, key) WHERE pg_try_advisory_xact_lock(key)`;

// As in load.ts, each list is walked row by row, by conditions that fit one index only.
const OPEN = `(count(*) FILTER (WHERE r.expires_at > statement_timestamp()))::int AS reservations,
  coalesce(sum(r.quantity) FILTER (WHERE r.expires_at > statement_timestamp()), 0)::int AS units FROM reservations AS r`;

// Holds that others made for a customer are not his doing. A row of an older version does not say who made it.
const HELD_BY_CUSTOMERS = `
  SELECT asked.id, held.* FROM unnest($1::varchar[]) AS asked (id) CROSS JOIN LATERAL (
    SELECT ${OPEN}
    WHERE (r.customer_id, r.status) >= (asked.id, 'PENDING') AND (r.customer_id, r.status) <= (asked.id, 'PENDING')
      AND (r.made_as IN ('customer', 'service') OR r.made_as IS NULL AND r.created_by = r.customer_id)) AS held`;

const HELD_BY_VENDORS = `
  SELECT asked.id, held.* FROM unnest($1::varchar[]) AS asked (id) CROSS JOIN LATERAL (
    SELECT ${OPEN}
    WHERE r.closed_at IS NULL AND r.made_as = 'vendor' AND (r.created_by, r.expires_at) > (asked.id, statement_timestamp())
      AND (r.created_by, r.expires_at) <= (asked.id, 'infinity')) AS held`;

// The holds of a customer are in the order of their ids, which begin with the time of their making. No hold lasts for more
// than 24 hours, so one that was sold in the last 24 was made in the last 48; the third day is for an api whose clock is behind.
const SOLD = `
  SELECT asked.id, bought.units FROM unnest($1::varchar[]) AS asked (id) CROSS JOIN LATERAL (
    SELECT coalesce(sum(r.confirmed_quantity), 0)::int AS units FROM reservations AS r
    WHERE (r.customer_id, r.status, r.id) >= (asked.id, 'CONFIRMED', rpad(lpad(to_hex(
        (extract(epoch FROM statement_timestamp() - interval '3 days') * 1000)::bigint), 12, '0'), 32, '0')::uuid)
      AND (r.customer_id, r.status) <= (asked.id, 'CONFIRMED')
      AND r.sold_as = 'customer' AND r.closed_at > statement_timestamp() - interval '24 hours') AS bought`;

interface Counting {
  readonly customers: readonly string[];
  readonly vendors: readonly string[];
  readonly buyers: readonly string[];
  /** In the one order of the locks. */
  readonly locks: readonly { readonly name: string; readonly key: bigint }[];
}

/** What the commands make it necessary to count. */
export function countingOf(commands: readonly Command[]): Counting {
  const holders = new Map<string, Holder>();
  const buyers = new Set<string>();
  for (const { actor, parts } of commands) {
    for (const part of parts) {
      const holder = part.kind === 'reserve' ? holderOf(actor, part.reserve.customerId) : undefined;
      if (holder !== undefined) holders.set(nameOf(holder), holder);
      if (sellsToHimself(part, actor)) buyers.add(actor.id);
    }
  }
  const locks = new Map([...holders.values(), ...[...buyers].map((id): Holder => ({ kind: 'customer', id }))]
    .map((holder) => [nameOf(holder), holder.kind === 'vendor' ? vendorLock(holder.id) : customerLock(holder.id)]));
  const idsOf = (kind: Holder['kind']) => [...holders.values()].flatMap((holder) => (holder.kind === kind ? [holder.id] : []));
  return {
    customers: idsOf('customer'), vendors: idsOf('vendor'), buyers: [...buyers],
    locks: [...locks].map(([name, key]) => ({ name, key })).sort((a, b) => (a.key < b.key ? -1 : 1)),
  };
}

function sellsToHimself(part: Part, { role }: Actor): boolean {
  return role === 'customer' && part.kind === 'reservation' && part.change.type === 'confirm';
}

interface Counts { readonly id: string; readonly units: number; readonly reservations: number }

/** Takes the locks; undefined where there are none to take. */
export function lockCounted(
  client: pg.Client, { locks }: Counting, skipLocked: boolean,
): Promise<pg.QueryResult<{ name: string }>> | undefined {
  if (locks.length === 0) return undefined;
  const values = [locks.map(({ name }) => name), locks.map(({ key }) => key.toString())];
  return client.query(skipLocked
    ? { name: 'commit-customers-skip', text: LOCK_SKIP, values } : { name: 'commit-customers', text: LOCK, values });
}

/** Counts, each kind in a statement where there is something of the kind to count. */
export function count(client: pg.Client, { customers, vendors, buyers }: Counting) {
  const ask = (name: string, text: string, ids: readonly string[]) => (ids.length === 0 ? undefined
    : client.query<Counts>({ name, text, values: [ids] }));
  return [
    ask('commit-held', HELD_BY_CUSTOMERS, customers), ask('commit-held-vendors', HELD_BY_VENDORS, vendors),
    ask('commit-sold', SOLD, buyers),
  ] as const;
}

type Rows<T> = { readonly rows: readonly T[] } | undefined;

/** What was counted, of those whose locks are held. */
export function countedOf(
  { customers, vendors, buyers }: Counting, limits: Limits,
  [locked, ofCustomers, ofVendors, sold]: readonly [Rows<{ readonly name: string }>, Rows<Counts>, Rows<Counts>, Rows<Counts>],
): Counted {
  const names = new Set(locked?.rows.map(({ name }) => name));
  const held = new Map<string, Held>();
  const note = (kind: Holder['kind'], ids: readonly string[], found: Rows<Counts>): void => {
    const byId = new Map(found?.rows.map((row) => [row.id, row]));
    for (const id of ids) {
      const name = nameOf({ kind, id });
      if (names.has(name)) held.set(name, byId.get(id) ?? { units: 0, reservations: 0 });
    }
  };
  note('customer', customers, ofCustomers);
  note('vendor', vendors, ofVendors);
  const unitsOf = new Map(sold?.rows.map(({ id, units }) => [id, units]));
  return {
    limits, held,
    sold: new Map(buyers.filter((id) => names.has(nameOf({ kind: 'customer', id }))).map((id) => [id, unitsOf.get(id) ?? 0])),
  };
}
