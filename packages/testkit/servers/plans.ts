/**
 * How the server carries out what a piece of our code asks: each statement is caught on its way, with its values, and
 * explained afterwards by carrying it out once more, in a transaction that is rolled back.
 */
import { createDatabase } from '@inventory/db/pool.ts';
import type { Database } from '@inventory/db/pool.ts';
import { createTestPool } from '@inventory/db/testing/database.ts';
import type pg from 'pg';
import { z } from 'zod';

/** The tables that grow with the years. */
const GROWING: readonly string[] = ['events', 'stock', 'reservations', 'idempotency_keys', 'products', 'product_codes'];

interface Plan {
  readonly statement: string;
  /** Growing tables that are read from end to end. */
  readonly scanned: readonly string[];
  /** The most rows that one step takes in: found, thrown away by a filter, or sorted. */
  readonly rows: number;
  /** What each step does, indented, for a message. */
  readonly text: string;
}

const node = z.object({
  'Node Type': z.string(), 'Relation Name': z.string().optional(), 'Index Name': z.string().optional(),
  'Actual Rows': z.number(), 'Actual Loops': z.number(), 'Rows Removed by Filter': z.number().default(0),
  'Rows Removed by Join Filter': z.number().default(0), 'Rows Removed by Index Recheck': z.number().default(0),
  get Plans() { return z.array(node).default([]); },
});
type Node = z.output<typeof node>;
const explanation = z.array(z.object({ 'QUERY PLAN': z.array(z.object({ Plan: node })) }));

/** Does `work` over a connection that is listened to. @returns the plan of each statement that reads or writes, once */
export async function plansOf(url: string, work: (db: Database) => Promise<unknown>): Promise<readonly Plan[]> {
  const statements = new Map<string, readonly unknown[]>();
  const pool = createTestPool(url, 2);
  let listening = true;
  pool.on('connect', (client) => {
    client.query = new Proxy(client.query, {
      apply(query, self, args: readonly unknown[]) {
        const [text, values] = args;
        if (listening && typeof text === 'string' && /^\s*(\/\*.*\*\/)?\s*(SELECT|WITH|INSERT|UPDATE|DELETE)\b/i.test(text)) {
          statements.set(text, Array.isArray(values) ? values : []);
        }
        return Reflect.apply(query, self, args);
      },
    });
  });
  const db = createDatabase(pool);
  try {
    await work(db);
    listening = false;
    const plans: Plan[] = [];
    for (const [text, values] of statements) plans.push(await explain(pool, text, values));
    return plans;
  } finally {
    await db.destroy();
  }
}

/** Carries a statement out, in a transaction that is rolled back. */
async function explain(pool: pg.Pool, text: string, values: readonly unknown[]): Promise<Plan> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    const { rows } = await client.query(`EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) ${text}`, [...values]);
    const [row] = explanation.parse(rows);
    const [root] = row?.['QUERY PLAN'] ?? [];
    if (root === undefined) throw new Error(`no plan of ${text}`);
    const steps = flatten(root.Plan, 0);
    return {
      statement: text,
      scanned: steps.flatMap(({ step }) => (step['Node Type'] === 'Seq Scan' && GROWING.includes(step['Relation Name'] ?? '')
        ? [step['Relation Name'] ?? ''] : [])),
      rows: Math.max(...steps.map(({ step }) => rowsOf(step))),
      text: textOf(text, steps),
    };
  } finally {
    await client.query('ROLLBACK');
    client.release();
  }
}

function rowsOf(step: Node): number {
  const removed = step['Rows Removed by Filter'] + step['Rows Removed by Join Filter'] + step['Rows Removed by Index Recheck'];
  return (step['Actual Rows'] + removed) * step['Actual Loops'];
}

type Steps = readonly { readonly step: Node; readonly depth: number }[];

function textOf(statement: string, steps: Steps): string {
  return [statement.trim(), ...steps.map(({ step, depth }) => [
    ' '.repeat(2 * depth + 2), step['Node Type'], step['Index Name'], step['Relation Name'], `${rowsOf(step)} rows`,
  ].filter((part) => part !== undefined).join(' '))].join('\n');
}

function flatten(step: Node, depth: number): Steps {
  return [{ step, depth }, ...step.Plans.flatMap((inner) => flatten(inner, depth + 1))];
}

/** @throws {Error} showing each plan that scans a growing table, or that takes in more rows than `most` at some step */
export function expectSmallPlans(plans: readonly Plan[], most: number): void {
  if (plans.length === 0) throw new Error('no statement was seen');
  const large = plans.filter(({ scanned, rows }) => scanned.length > 0 || rows > most);
  if (large.length === 0) return;
  throw new Error(large.map(({ scanned, rows, text }) =>
    `${scanned.length > 0 ? `scans ${scanned.join(', ')}` : `takes in ${rows} rows, more than ${most}`}:\n${text}`).join('\n\n'));
}

/** What a statement did when it was carried out, by its own plan. */
interface Carried {
  readonly statement: string;
  /** Pages of tables and indexes that it looked at, those of triggers left out. */
  readonly pages: number;
  /** What each step does, indented, for a message. */
  readonly text: string;
}

const carried = z.object({
  'Query Text': z.string(),
  'Plan': z.intersection(node, z.object({ 'Shared Hit Blocks': z.number(), 'Shared Read Blocks': z.number() })),
});

/**
 * Has the server tell how it carries out each statement of this connection from now on (auto_explain). Unlike EXPLAIN
 * it shows the plans that the connection keeps, those of writes as well, and the pages that were read in vain.
 * @returns a function that gives what was carried out since it was called last
 */
export async function watchPlans(client: pg.ClientBase): Promise<() => readonly Carried[]> {
  let seen: Carried[] = [];
  client.on('notice', ({ message = '' }) => {
    if (!message.startsWith('duration:')) return;
    const { 'Query Text': statement, 'Plan': root } = carried.parse(JSON.parse(message.slice(message.indexOf('{'))));
    seen.push({
      statement: statement.trim(), pages: root['Shared Hit Blocks'] + root['Shared Read Blocks'],
      text: textOf(statement, flatten(root, 0)),
    });
  });
  await client.query(`LOAD 'auto_explain'; SET auto_explain.log_min_duration = 0; SET auto_explain.log_analyze = on;
    SET auto_explain.log_timing = off; SET auto_explain.log_buffers = on; SET auto_explain.log_format = json;
    SET auto_explain.log_level = notice`);
  return () => {
    const now = seen;
    seen = [];
    return now;
  };
}
