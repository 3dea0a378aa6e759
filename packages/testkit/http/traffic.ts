/** Writers and readers of availability over HTTP, every answer of which is held against the log in the end. */
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import type pg from 'pg';
import { z } from 'zod';
import { createViewChecker } from '../invariants/view-checker.ts';
import type { Verdict } from '../invariants/view-checker.ts';
import { eventually } from '../waiting/eventually.ts';
import type { Client } from './client.ts';

const STORES = ['MAD-001', 'BCN-001', 'VAL-001'];

const written = z.object({ product_id: z.string(), store_id: z.string(), version: z.int() });
const availability = z.object({
  product_id: z.string(), as_of: z.iso.datetime().transform((text) => Date.parse(text)), source: z.string(),
  stores: z.array(z.object({ store_id: z.string(), available: z.int(), reserved: z.int(), version: z.int() })),
});

interface Traffic {
  /** Answers so far of this source; of all when it is left out. @throws what a reader or a writer met: it all ends then */
  answers(source?: string): number;
  /** Waits for so many more answers of a source. */
  more(count: number, source: string, options?: { readonly timeoutMs?: number }): Promise<void>;
  writes(): number;
  /** Requests that got 503: a busy machine is slower than a timeout, and a refusal is no wrong answer. */
  refused(): number;
  /** Ends it and judges every answer by the log. @throws what a reader or a writer met */
  stop(): Promise<Verdict>;
}

/** What the traffic needs of a system: its database, and clients of its api for a role. */
interface Target {
  readonly sql: pg.Pool;
  client(role: 'admin' | 'customer'): Promise<Client>;
}

export function anyOf<T>(items: readonly T[]): T {
  const item = items[Math.floor(Math.random() * items.length)];
  if (item === undefined) throw new RangeError('nothing to choose from');
  return item;
}

export async function seededProducts({ sql }: Pick<Target, 'sql'>): Promise<readonly string[]> {
  const { rows } = await sql.query<{ id: string }>('SELECT id FROM products ORDER BY id');
  return rows.map(({ id }) => id);
}

/** Starts it; each writer and reader pauses for a moment between two requests, and none bears any status but 200 and 503. */
export async function startTraffic(
  system: Target, { writers = 3, readers = 4, pauseMs = 5 } = {},
): Promise<Traffic> {
  const checker = createViewChecker();
  const products = await seededProducts(system);
  const admin = await system.client('admin');
  const customer = await system.client('customer');
  const seen = new Map<string, number>();
  let over = false;
  let writes = 0;
  let refused = 0;
  let failure: { readonly error: unknown } | undefined;

  const write = async (client: Client): Promise<void> => {
    const { status, body, text } = await client.post('/api/v1/stock', {
      product_id: anyOf(products), store_id: anyOf(STORES), quantity_change: 1, reason: 'RESTOCK',
    });
    expect(status, text).to.be.oneOf([200, 503]);
    if (status === 503) return void (refused += 1);
    checker.acknowledged(written.parse(body));
    writes += 1;
  };
  const read = async (client: Client): Promise<void> => {
    const { status, body, text } = await client.get(`/api/v1/products/${anyOf(products)}/availability`);
    expect(status, text).to.be.oneOf([200, 503]);
    if (status === 503) return void (refused += 1);
    const { as_of: asOfMs, ...answer } = availability.parse(body);
    checker.shown({ ...answer, asOfMs });
    seen.set(answer.source, (seen.get(answer.source) ?? 0) + 1);
  };
  const until = async (work: () => Promise<void>): Promise<void> => {
    while (!over) {
      await work();
      await delay(Math.random() * 2 * pauseMs);
    }
  };
  const working = Promise.all([
    ...Array.from({ length: writers }, () => until(() => write(admin))),
    ...Array.from({ length: readers }, () => until(() => read(customer))),
  ]).catch((error: unknown) => {
    failure = { error };
    over = true;
  });

  const answers = (source?: string): number => {
    if (failure !== undefined) throw failure.error;
    return source === undefined ? [...seen.values()].reduce((sum, count) => sum + count, 0) : seen.get(source) ?? 0;
  };
  return {
    answers,
    more: async (count, source, { timeoutMs = 30_000 } = {}) => {
      const before = answers(source);
      await eventually(() => { expect(answers(source) - before).to.be.at.least(failure === undefined ? count : 0); },
        { timeoutMs, what: `${count} more answers of ${source}, beside ${JSON.stringify(Object.fromEntries(seen))}` });
      answers();
    },
    writes: () => writes,
    refused: () => refused,
    stop: async () => {
      over = true;
      await working;
      answers();
      return checker.judge(system.sql);
    },
  };
}
