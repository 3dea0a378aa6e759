/**
 * Customers by their refs. A customer's id stands in clear in `customers` alone; what is written of him bears the ref:
 *
 *   lock the customers (counting.ts) ──► give a ref to whoever has none ──► read the refs ──► decide and write
 *
 * The lock is his own: exclusive for holds that count against him, shared for those that others make for him, so that they do
 * not wait for each other. Of two transactions that give a first ref to one customer the unique index lets one win, and the
 * statement that reads begins after that, so both write the same ref. What this process remembers of earlier transactions
 * only spares it the attempt to give a ref: if the reading finds none, the batch begins again without that memory.
 */
import type pg from 'pg';

/** Ids that are remembered: a few megabytes at most. */
const MAX_REMEMBERED = 50_000;

/** Ids of customers that are believed to have a ref. */
export interface KnownCustomers {
  readonly has: (id: string) => boolean;
  /** To be told only of customers whose refs were read in a transaction that was committed. */
  readonly add: (ids: Iterable<string>) => void;
  readonly forget: (ids: Iterable<string>) => void;
}

export function createKnownCustomers(): KnownCustomers {
  const known = new Set<string>();
  return {
    has: (id) => known.has(id),
    add: (ids) => {
      for (const id of ids) {
        // All of it goes at once, which costs each customer one attempt more.
        if (known.size >= MAX_REMEMBERED) known.clear();
        known.add(id);
      }
    },
    forget: (ids) => { for (const id of ids) known.delete(id); },
  };
}

/** A customer who was believed to have a ref has none: the batch is to be done again. Nothing was written. */
export class NoRef extends Error {
  override readonly name = 'NoRef';
}

// As in load.ts, each list is walked row by row, by a condition that fits one index only.
const REFS = `
  SELECT asked.id, known.ref FROM unnest($1::varchar[]) AS asked (id) CROSS JOIN LATERAL (
    SELECT ref FROM customers WHERE external_id = asked.id LIMIT 1) AS known`;
const NAMES = `
  SELECT asked.ref, known.external_id AS id FROM unnest($1::uuid[]) AS asked (ref) CROSS JOIN LATERAL (
    SELECT external_id FROM customers c WHERE c.ref = asked.ref LIMIT 1) AS known`;
const GIVE = `
  INSERT INTO customers (ref, external_id) SELECT * FROM unnest($1::uuid[], $2::varchar[]) ON CONFLICT (external_id) DO NOTHING`;

export interface RefRow { readonly id: string; readonly ref: string | null }
interface NameRow { readonly id: string | null; readonly ref: string }

/** Reads the refs of these customers, by their ids; undefined where there is nothing to read. */
export function readRefs(client: pg.Client, ids: readonly string[]): Promise<pg.QueryResult<RefRow>> | undefined {
  return ids.length === 0 ? undefined : client.query<RefRow>({ name: 'commit-refs', text: REFS, values: [ids] });
}

/** Reads who is behind these refs; undefined where there is nothing to read. */
export function readNames(client: pg.Client, refs: readonly string[]): Promise<pg.QueryResult<NameRow>> | undefined {
  return refs.length === 0 ? undefined : client.query<NameRow>({ name: 'commit-names', text: NAMES, values: [refs] });
}

/**
 * Gives a ref to those of the customers who have none, without their locks: for holds that an older release made. Nobody
 * is erased while there are such holds.
 */
export function giveRefs(client: pg.Client, ids: readonly string[], newId: () => string): Promise<unknown> | undefined {
  const sorted = ids.toSorted();
  return ids.length === 0 ? undefined
    : client.query({ name: 'commit-give-refs', text: GIVE, values: [sorted.map(() => newId()), sorted] });
}
