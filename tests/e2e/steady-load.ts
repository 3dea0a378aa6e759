/**
 * A steady mixed load of which nothing may fail: receipts, holds that are confirmed or cancelled, and reads. Every write
 * has a key of its own and is sent once; every answer is held against the log in the end.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import type pg from 'pg';
import { z } from 'zod';
import { createPseudonym } from '@inventory/api/pseudonyms.ts';
import { createViewChecker } from '@inventory/testkit/invariants/view-checker.ts';
import { anyOf } from '@inventory/testkit/http/traffic.ts';

const STORES = ['MAD-001', 'BCN-001', 'VAL-001'];

const written = z.object({ product_id: z.string(), store_id: z.string(), version: z.int() });
const held = z.object({ reservation_id: z.string() });
const availability = z.object({
  product_id: z.string(), as_of: z.iso.datetime().transform((text) => Date.parse(text)), source: z.string(),
  stores: z.array(z.object({ store_id: z.string(), available: z.int(), reserved: z.int(), version: z.int() })),
});

/** One way to ask: a client with its own connections, or its own habits. */
export type Ask = (method: string, path: string, options?: {
  readonly headers?: Readonly<Record<string, string>>; readonly body?: unknown;
}) => Promise<{ readonly status: number; readonly text: string }>;

export interface SteadyLoad {
  /** Requests that were answered as they should be. */
  answered(): number;
  /** The others: what was asked and what came of it, a line each. */
  readonly failures: readonly string[];
  /**
   * Ends it.
   * @throws {Error} where a request failed, a write has not exactly one event, or a read showed what the log does not know
   */
  stop(sql: pg.Pool): Promise<void>;
  /** What it did, in a line. */
  summary(): string;
}

/** Starts one writer and one reader for each way to ask; each waits up to `pauseMs` between two requests. */
export function startSteadyLoad(
  asks: readonly Ask[], { token, products, pauseMs = 20 }: {
    readonly token: string; readonly products: readonly string[]; readonly pauseMs?: number;
  },
): SteadyLoad {
  const checker = createViewChecker();
  const run = randomUUID();
  let sentKeys = 0;
  const keyOf = (nth: number): string => `${run}-${nth}`;
  const keys: string[] = [];
  const failures: string[] = [];
  const counts = { receipts: 0, holds: 0, endings: 0, reads: 0 };
  const begun = performance.now();
  let longestMs = 0;
  let over = false;

  /** The body, or undefined where it failed. */
  const request = async (
    ask: Ask, kind: keyof typeof counts, [method, path, body]: readonly [string, string, unknown?],
  ): Promise<unknown> => {
    const key = method === 'POST' ? keyOf(sentKeys += 1) : undefined;
    const sent = performance.now();
    const outcome = await ask(method, path, {
      headers: { authorization: `Bearer ${token}`, ...(key === undefined ? {} : { 'idempotency-key': key }) },
      ...(body === undefined ? {} : { body }),
    }).catch((error: unknown) => ({ status: 0, text: error instanceof Error ? error.message : String(error) }));
    const tookMs = performance.now() - sent;
    if (outcome.status !== 200 && outcome.status !== 201) {
      failures.push(`${((sent - begun) / 1000).toFixed(2)} s: ${method} ${path}, after ${tookMs.toFixed(0)} ms: `
        + `${outcome.status === 0 ? 'no answer' : outcome.status} ${outcome.text}`);
      return undefined;
    }
    longestMs = Math.max(longestMs, tookMs);
    counts[kind] += 1;
    if (key !== undefined) keys.push(key);
    return JSON.parse(outcome.text);
  };
  const place = () => ({ product_id: anyOf(products), store_id: anyOf(STORES) });
  const write = async (ask: Ask): Promise<void> => {
    const receipt = await request(ask, 'receipts', ['POST', '/api/v1/stock', { ...place(), quantity_change: 2, reason: 'RESTOCK' }]);
    if (receipt === undefined) return;
    const { product_id, store_id } = written.parse(receipt);
    checker.acknowledged(written.parse(receipt));
    const hold = await request(ask, 'holds', ['POST', '/api/v1/reservations', {
      product_id, store_id, quantity: 1, customer_id: 'cust-456', ttl: 600,
    }]);
    if (hold === undefined) return;
    const ending = anyOf(['confirm', 'cancel']);
    await request(ask, 'endings', ['POST', `/api/v1/reservations/${held.parse(hold).reservation_id}/${ending}`]);
  };
  const read = async (ask: Ask): Promise<void> => {
    const shown = await request(ask, 'reads', ['GET', `/api/v1/products/${anyOf(products)}/availability`]);
    if (shown === undefined) return;
    const { as_of: asOfMs, ...answer } = availability.parse(shown);
    checker.shown({ ...answer, asOfMs });
  };
  const repeat = async (work: () => Promise<void>): Promise<void> => {
    while (!over) {
      await work();
      await delay(Math.random() * pauseMs);
    }
  };
  const working = Promise.all(asks.flatMap((ask) => [repeat(() => write(ask)), repeat(() => read(ask))]));
  // Awaited in `stop`: a defect of the load itself is no request that failed.
  working.catch(() => { over = true; });

  return {
    failures,
    answered: () => Object.values(counts).reduce((sum, count) => sum + count, 0),
    stop: async (sql) => {
      over = true;
      await working;
      if (failures.length > 0) throw new Error(`${failures.length} requests failed:\n${failures.slice(0, 20).join('\n')}`);
      const { rows: [log] } = await sql.query<{ log_id: string }>('SELECT log_id FROM log_epoch');
      const pseudonym = createPseudonym(log?.log_id ?? '');
      const sent = Array.from({ length: sentKeys }, (_, n) => pseudonym(keyOf(n + 1)));
      const { rows } = await sql.query<{ key: string; n: number }>(`
        SELECT key, count(e.id)::int AS n FROM unnest($1::text[]) AS key
        FULL JOIN (SELECT id, metadata ->> 'idempotency_key' AS used FROM events WHERE metadata ->> 'idempotency_key' = ANY ($2)) e
          ON e.used = key
        GROUP BY key HAVING key IS NULL OR count(e.id) <> 1`, [keys.map(pseudonym), sent]);
      expect(rows, 'keys without exactly one event, and events of keys that nobody was answered').to.deep.equal([]);
      const { wrong } = await checker.judge(sql);
      expect(wrong, 'reads that the log refutes').to.deep.equal([]);
    },
    summary: () => {
      const seconds = (performance.now() - begun) / 1000;
      const asked = Object.entries(counts).map(([kind, count]) => `${count} ${kind}`).join(', ');
      return `${asked} in ${seconds.toFixed(0)} s, ${failures.length} failed, the longest took ${longestMs.toFixed(0)} ms`;
    },
  };
}
