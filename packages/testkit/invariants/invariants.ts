/**
 * The invariants of the system, each one query or one pass that returns nothing unless something is broken:
 *
 *   I1–I3  rows and their holds      I13  what was acknowledged exists     I15  deadlines were kept
 *   I4–I6  rows and their events     I14  units add up                     I16  what is final, and the log, stay
 *
 * All are judged as of one instant (one snapshot), so that they may run while writes go on.
 * `node packages/testkit/invariants/invariants.ts DATABASE_URL` prints them as a table; exit 1 when one is broken.
 */
import pg from 'pg';
import { createDatabase, createPool } from '@inventory/db/pool.ts';
import type { Database } from '@inventory/db/pool.ts';
import type { History } from '@inventory/domain/events-stored.ts';
import { inSnapshot } from '@inventory/db/testing/snapshot.ts';
import type { Snapshot } from '@inventory/db/testing/snapshot.ts';
import { checkAcknowledged } from './acknowledged.ts';
import { checkFold } from './fold.ts';
import { invariantQueries } from './queries.ts';
import type { Violation } from './violation.ts';
import { MAX_VIOLATIONS } from './violation.ts';

/**
 * What is broken, at most 50 of each; empty when all hold. Memory is bounded by the holds of the largest stream, and
 * 20 000 more.
 */
export function checkInvariants(source: Database | pg.Pool, history?: History): Promise<readonly Violation[]> {
  const db = source instanceof pg.Pool ? createDatabase(source) : source;
  return inSnapshot(db, (snapshot) => checkSnapshot(snapshot, history));
}

/** The same in a snapshot, or a transaction, of the caller's. */
export async function checkSnapshot(snapshot: Snapshot, history?: History): Promise<readonly Violation[]> {
  const violations: Violation[] = [];
  for (const { invariant, text } of invariantQueries) {
    const rows = await snapshot.query<{ subject: string; detail: string }>(`${text} LIMIT ${MAX_VIOLATIONS}`);
    violations.push(...rows.map(({ subject, detail }) => ({ invariant, subject, detail })));
  }
  violations.push(...await checkFold(snapshot, history), ...await checkAcknowledged(snapshot));
  return violations;
}

/** @throws {Error} listing what is broken */
export async function expectInvariants(source: Database | pg.Pool, history?: History): Promise<void> {
  const violations = await checkInvariants(source, history);
  if (violations.length > 0) throw new Error(`broken invariants:\n${violations.map(inOneLine).join('\n')}`);
}

function inOneLine({ invariant, subject, detail }: Violation): string {
  return `  ${invariant.padEnd(4)} ${subject}: ${detail}`;
}

/** Exit code: 0 all hold, 1 something is broken, 2 wrong usage or no answer. */
async function main(args: readonly string[]): Promise<number> {
  const [url, ...rest] = args;
  const usage = 'Usage: node packages/testkit/invariants/invariants.ts DATABASE_URL\n';
  if (url === '--help' || url === '-h') {
    process.stdout.write(usage);
    return 0;
  }
  if (url === undefined || rest.length > 0 || !/^postgres(ql)?:\/\//.test(url)) {
    process.stderr.write(`${url?.startsWith('-') === true ? `unknown option ${url}\n` : ''}${usage}`);
    return 2;
  }
  // A long log is read whole, which takes longer than any query of the system may.
  const pool = createPool({
    url, applicationName: 'inventory-invariants', identity: 'off', max: 1, maxLifetimeSeconds: 3600, queryTimeoutMs: 600_000,
    onIdleError: () => undefined,
  });
  try {
    const violations = await checkInvariants(pool);
    process.stdout.write(`${table(violations).join('\n')}\n`);
    return violations.length === 0 ? 0 : 1;
  } catch (error) {
    process.stderr.write(`The check failed: ${error instanceof Error ? error.message : String(error)}\n`);
    return 2;
  } finally {
    await pool.end();
  }
}

const inPasses = [
  { invariant: 'I6', promise: 'the fold of the events is the row and its reservations, field by field' },
  { invariant: 'I13', promise: 'what was acknowledged exists' },
];

function table(violations: readonly Violation[]): readonly string[] {
  const summary = [...invariantQueries, ...inPasses].map(({ invariant, promise }) => {
    const broken = violations.some((violation) => violation.invariant === invariant);
    return `${invariant.padEnd(4)} ${broken ? 'BROKEN' : 'holds '}  ${promise}`;
  });
  const numberOf = (line: string): number => Number(/^I(\d+)/.exec(line)?.[1]);
  return [...summary.sort((a, b) => numberOf(a) - numberOf(b)), ...violations.map(inOneLine)];
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));
