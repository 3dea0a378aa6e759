/**
 * Statements that a connection plans once and not at every call. The settled position is read a dozen times a second by each
 * process, and making its plan was most of it. [Idle 9 calls a second, at half the peak one for each transaction: 0.28 of 0.44 ms,
 * `npm run profile`, 2 cores, 2026-12-01]
 *
 * A plan that was made while the tables were empty stays for as long as the connection. So this is for a statement without
 * parameters (decision 0081), or for one of a session whose settings leave it one plan (PLANNED_ONCE, decision 0083), and a test
 * shows that the plan is right beside full tables, too.
 */
import { sql } from 'kysely';
import type { RawBuilder } from 'kysely';
import type pg from 'pg';

/**
 * Settings of a session whose statements are planned once, and find their rows by index whatever the tables held then: no
 * statistics, of an empty table or of a list of a thousand items, may talk the planner into reading a whole table. Without jit:
 * no index can answer last_value of the sequence, which looks so dear then that Postgres compiles it [70 to 120 ms a commit
 * instead of 7].
 */
export const PLANNED_ONCE = { plan_cache_mode: 'force_generic_plan', enable_seqscan: 'off', jit: 'off' } as const;

const MARK = /^\s*\/\* prepared as ([a-z-]+) \*\//;

/** Begins a statement that is to be prepared. Its text must be the same wherever it has this name. @param name in small letters */
export function preparedAs(name: string): RawBuilder<unknown> {
  return sql.raw(`/* prepared as ${name} */`);
}

/** What a client of pg is asked, by name where the text says so. */
export function asPrepared(args: readonly unknown[]): readonly unknown[] {
  const [text, values] = args;
  const name = typeof text === 'string' ? MARK.exec(text)?.[1] : undefined;
  return name === undefined ? args : [{ name, text, values }];
}

/** Has a client of pg prepare the statements whose text says so. */
export function prepareNamed(client: pg.Client): void {
  client.query = new Proxy(client.query, {
    apply(query, self, args) {
      const result: unknown = Reflect.apply(query, self, asPrepared(args));
      return result;
    },
  });
}
