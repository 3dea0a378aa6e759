/**
 * From a SKU or a barcode to the product that has it. What was found is remembered for a second, so a code that moves to another
 * product is booked on the old one for no longer; one that is unknown is looked for each time, so a new one is there at once.
 */
import type { Database } from '@inventory/db/pool.ts';
import { keyOfCode } from '@inventory/domain/barcodes.ts';
import { createBoundedMap } from '@inventory/runtime/bounded-map.ts';
import { sql } from 'kysely';
import { byTurns } from '../http/endpoint/by-turns.ts';

/** Codes that are remembered: some MB, and more than are scanned in a second. */
const MAX_REMEMBERED = 20_000;
const FRESH_MS = 1000;

/** Requests whose codes are looked up in one statement, and statements at once: writes are not to take the connections of reads. */
const PLACES = { name: 'codes', together: 64, atOnce: 2, share: 16, ofCaller: 500, ofAll: 2_000 } as const;

export interface Code {
  readonly by: 'SKU' | 'barcode';
  readonly value: string;
}

interface Coded {
  readonly productId: string;
  /** Units that one scan stands for; 1 for a SKU. */
  readonly units: number;
}

export interface Codes {
  /**
   * What has each of these codes, in their order, archived products included; undefined where no product has it.
   * @param caller whose turn it takes
   * @throws a PolicyError (bulkhead) where too much waits, and what Postgres throws
   */
  readonly find: (codes: readonly Code[], caller: string) => Promise<readonly (Coded | undefined)[]>;
  /** Forgets what is remembered, and what a look that is under way finds: for whoever has changed a product here. */
  readonly forget: () => void;
}

/** @param now milliseconds of a clock that never goes back */
export function createCodes({ db, now = () => performance.now() }: { readonly db: Database; readonly now?: () => number }): Codes {
  const known = createBoundedMap<string, Coded & { readonly readAt: number }>(MAX_REMEMBERED);
  let forgotten = 0;
  const look = byTurns(PLACES, async (requests: readonly (readonly string[])[]) => {
    const [readAt, before] = [now(), forgotten];
    const found = await readCodes(db, [...new Set(requests.flat())]);
    // What was read before a change is not remembered behind it.
    if (forgotten === before) for (const [key, coded] of found) known.set(key, { ...coded, readAt });
    return requests.map(() => found);
  });
  return {
    find: async (codes, caller) => {
      const keys = codes.map(keyOf);
      const from = now() - FRESH_MS;
      const remembered = new Map(keys.flatMap((key): readonly [string, Coded][] => {
        const coded = known.get(key);
        return coded === undefined || coded.readAt < from ? [] : [[key, coded]];
      }));
      const missing = keys.filter((key) => !remembered.has(key));
      const found = missing.length === 0 ? remembered : await look(missing, caller);
      return keys.map((key) => {
        const coded = remembered.get(key) ?? found.get(key);
        return coded === undefined ? undefined : { productId: coded.productId, units: coded.units };
      });
    },
    forget: () => {
      forgotten += 1;
      known.clear();
    },
  };
}

/** A code as one text, with what it is by in front. A SKU and a barcode may have the same characters, and are not the same. */
function keyOf({ by, value }: Code): string {
  return by === 'SKU' ? `s${value}` : `b${keyOfCode(value)}`;
}

interface Row {
  readonly key: string;
  readonly product_id: string;
  readonly units: number;
}

/** One by one, each by its index, however many there are. */
async function readCodes(db: Database, keys: readonly string[]): Promise<ReadonlyMap<string, Coded>> {
  const of = (kind: 's' | 'b') => keys.filter((key) => key.startsWith(kind)).map((key) => key.slice(1));
  const { rows } = await sql<Row>`
    SELECT 's' || asked.code AS key, p.id AS product_id, 1 AS units FROM unnest(${of('s')}::varchar[]) AS asked (code)
    CROSS JOIN LATERAL (SELECT id FROM products WHERE sku = asked.code LIMIT 1) AS p
    UNION ALL
    SELECT 'b' || asked.code, c.product_id, c.units FROM unnest(${of('b')}::varchar[]) AS asked (code)
    CROSS JOIN LATERAL (SELECT product_id, units FROM product_codes WHERE value = asked.code LIMIT 1) AS c`.execute(db);
  return new Map(rows.map(({ key, product_id: productId, units }) => [key, { productId, units }]));
}
