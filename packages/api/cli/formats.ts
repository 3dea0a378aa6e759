/**
 * `npm run formats -- list | allow`: in which versions events may be written, who holds a newer one up, and the word that a
 * reader does not count which only crashes.
 */
import { createInterface } from 'node:readline/promises';
import { parseArgs } from 'node:util';
import { readDatabaseUrl, reasonOf } from '@inventory/db/config.ts';
import { createDatabase, createPool } from '@inventory/db/pool.ts';
import type { Database } from '@inventory/db/pool.ts';
import { printable, say, table } from '@inventory/runtime/cli/output.ts';
import { UsageError } from '@inventory/runtime/cli/usage.ts';
import { allowWithout, listFormats } from './allow-formats.ts';
import type { Listed } from './allow-formats.ts';

const HELP = `Usage: npm run formats -- list [--json]
       npm run formats -- allow --without INSTANCE [--yes] [--json]

Each type of event has a schema version of its own. A new release reads the newer version at once, and writes it when all
processes that run (that have reported within ten seconds) read it, too. This is for good: a release that does not read a
version that may be written does not start any more.

list     the version of each type that may be written and the one that this release would write, and who holds it up
allow    allow what this release would write without waiting for one instance: a reader of an old release that crashes
         again and again, and would never be replaced in time. Whoever else does not read it still holds it up.

  --without INSTANCE  the instance that does not count, as list shows it; may be repeated
  --yes               do not ask; without a terminal nothing is done unless it is given
  --json              as JSON

The database is that of DATABASE_URL (or DATABASE_URL_FILE).
Exit codes: 0 done; 1 failed, or something is still held up; 2 wrong usage or configuration.
`;

interface Options { readonly json: boolean; readonly yes: boolean; readonly without: readonly string[] }

function listText({ types, held_up: held, readers }: Listed): string {
  return [
    table(['TYPE', 'WRITTEN', 'NEWEST HERE'], types.map(({ type, written, newest }) => [type, String(written), String(newest)])), '',
    ...held.map(({ type, version, by }) => printable(`${type} version ${version} is not written yet: ${by.length === 0
      ? 'an api of this release will allow it within two seconds' : `${by.join(', ')} cannot read it`}`)),
    printable(readers.length === 0 ? 'No process runs.' : `Running: ${readers.map(({ process, instance }) => `${process} ${instance}`).join(', ')}.`),
  ].join('\n');
}

/** Asks on the terminal. @throws {UsageError} where there is none */
async function ask(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) throw new UsageError(`${question} Add --yes.`);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question(`${printable(question)}\nGo on? [y/N] `)).trim());
  } finally {
    terminal.close();
  }
}

async function allow(db: Database, { json, yes, without }: Options): Promise<number> {
  if (without.length === 0) throw new UsageError('allow needs --without INSTANCE: what all that run read is allowed by itself');
  const done = await allowWithout(db, without, yes ? () => Promise.resolve(true) : ask);
  say({ json }, { allowed: done.allowed, held_up: done.held_up }, () => [
    ...(done.agreed ? [] : ['Nothing was done.']),
    ...done.allowed.map(({ type, version }) => `allowed: ${type} version ${version}`),
    ...done.held_up.map(({ type, version, by }) => printable(`held up: ${type} version ${version}, by ${by.join(', ')}`)),
    ...(done.agreed && done.allowed.length + done.held_up.length === 0 ? ['Nothing to do: all that this release writes is allowed.'] : []),
  ].join('\n'));
  return done.agreed && done.held_up.length === 0 ? 0 : 1;
}

async function main(args: readonly string[]): Promise<number> {
  const { values, positionals: [command, ...more] } = parseArgs({
    args: [...args], allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false }, yes: { type: 'boolean', default: false },
      without: { type: 'string', multiple: true, default: [] }, help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  if ((command !== 'list' && command !== 'allow') || more.length > 0) throw new UsageError('one of list and allow: --help shows them');
  if (command === 'list' && (values.yes || values.without.length > 0)) throw new UsageError('list takes --json and nothing else');
  const database = readDatabaseUrl();
  if ('problem' in database) throw new UsageError(database.problem);
  const pool = createPool({
    url: database.url, applicationName: 'inventory-formats', max: 1, maxLifetimeSeconds: 60, onIdleError: () => undefined,
  });
  const db = createDatabase(pool);
  try {
    if (command === 'allow') return await allow(db, values);
    const listed = await listFormats(db);
    say(values, listed, () => listText(listed));
    return 0;
  } finally {
    await db.destroy();
  }
}

if (import.meta.main) {
  try {
    process.exitCode = await main(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`formats: ${reasonOf(error)}\n`);
    process.exitCode = error instanceof UsageError || (error instanceof TypeError && 'code' in error) ? 2 : 1;
  }
}
