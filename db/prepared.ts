/**
 * Statements that a connection plans once and not at every call. The settled position is read a dozen times a second by each
 * process, and making its plan was most of it. [Idle 9 calls a second, at half the peak one for each transaction: 0.28 of 0.44 ms,
 * `npm run profile`, 2 cores, 2026-12-01]
 *
 * A plan that was made while the tables were empty stays for as long as the connection. So this is for a statement without
 * parameters, or whose plan is the same for all tables, and a test shows that it is (decision 0081).
 */
import { sql } from 'kysely';
import type { RawBuilder } from 'kysely';

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
