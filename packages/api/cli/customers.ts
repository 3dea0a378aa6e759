/** `npm run customers -- convert`: takes the ids of customers out of events and holds that older releases wrote. */
import { parseArgs } from 'node:util';
import { readDatabaseUrl, reasonOf } from '@inventory/db/config.ts';
import { CONVERT_LOCK } from '@inventory/db/locks.ts';
import { createDatabase, createPool } from '@inventory/db/pool.ts';
import type { Database } from '@inventory/db/pool.ts';
import { printable, say } from '@inventory/runtime/cli/output.ts';
import { UsageError } from '@inventory/runtime/cli/usage.ts';
import { sql } from 'kysely';
import { markOf, readOtherKeys } from '../background/same-key.ts';
import { convert, toConvert } from '../erasure/conversion/convert.ts';
import type { Converted, Progress } from '../erasure/conversion/convert.ts';
import { newId } from '../ids.ts';
import { createPseudonym, keyOfLog, readPseudonymKey } from '../pseudonyms.ts';

const HELP = `Usage: npm run customers -- convert [--dry-run] [--json]

Events and holds of releases before refs have the ids of customers in them, and nobody can be forgotten while there are such. This puts refs in
their place, by the owner's login, once all that run write refs. It is the one change of the log that there is: a digest of everything else is
taken before and after, and has to be the same. Apis, relays and projectors go on meanwhile. It may be interrupted, and goes on when it is run again.
Make a backup before. Copies in NATS, archives and older backups keep the ids for as long as they are kept.

  --dry-run   only say how many there are
  --json      one JSON object a line: the progress, then a summary

The database is that of DATABASE_URL (or DATABASE_URL_FILE), by the owner's login; PSEUDONYM_KEY is that of the apis.
Exit codes: 0 done; 1 failed, or something is left; 2 wrong usage or configuration.
`;

const QUERY_TIMEOUT_MS = 600_000;
const SHOW_EVERY_MS = 500;
const WIDTH = 30;

/** Shows how far it has come: a bar on a terminal, a line of JSON with --json, else nothing. */
function createProgress({ json }: { readonly json: boolean }): (progress: Progress) => void {
  let shownAt = -Infinity;
  return ({ step, done, of }) => {
    if (performance.now() - shownAt < SHOW_EVERY_MS && done < of) return;
    shownAt = performance.now();
    if (json) say({ json }, { type: 'progress', step, done, of }, () => '');
    else if (process.stderr.isTTY) {
      const filled = of === 0 ? WIDTH : Math.min(WIDTH, Math.round((done / of) * WIDTH));
      process.stderr.write(`\r${step.padEnd(13)} ${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)} ${done} of ${of}${done >= of ? '\n' : ''}`);
    }
  };
}

function textOf({ events, holds, revoked, digest, pending }: Converted): string {
  return [
    `Converted ${events} events, ${holds} holds and ${revoked} refused users.`,
    ...(digest === undefined ? [] : [`The log up to position ${digest.upTo} has the same digest as before: ${digest.after}.`]),
    pending === undefined ? 'Customers can be forgotten now.' : `Customers cannot be forgotten yet: ${printable(pending)}.`,
  ].join('\n');
}

async function run(db: Database, { json, dry }: { readonly json: boolean; readonly dry: boolean }): Promise<number> {
  if (dry) {
    const found = await toConvert(db);
    say({ json }, found, () => `${found.events} events and ${found.holds} holds name customers.`);
    return 0;
  }
  const { rows: [lock] } = await sql<{ held: boolean }>`SELECT pg_try_advisory_lock(${CONVERT_LOCK}::bigint) AS held`.execute(db);
  if (lock?.held !== true) throw new Error('another one is converting');
  const pseudonym = createPseudonym(readPseudonymKey() ?? await keyOfLog(db));
  const [other] = await readOtherKeys(db, markOf(pseudonym));
  if (other !== undefined) throw new Error(`nothing was changed, because api ${other.instance} runs with another PSEUDONYM_KEY: set the same one here`);
  const converted = await convert({ db, pseudonym, newId }, createProgress({ json }));
  say({ json }, { type: 'summary', ...converted, digest: converted.digest ?? null, pending: converted.pending ?? null }, () => textOf(converted));
  return converted.pending === undefined ? 0 : 1;
}

async function main(args: readonly string[]): Promise<number> {
  const { values, positionals: [command, ...more] } = parseArgs({
    args: [...args], allowPositionals: true,
    options: { 'dry-run': { type: 'boolean', default: false }, json: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h', default: false } },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  if (command !== 'convert' || more.length > 0) throw new UsageError('convert is the only command: --help shows it');
  const database = readDatabaseUrl();
  if ('problem' in database) throw new UsageError(database.problem);
  // One connection: its session holds the lock.
  const db = createDatabase(createPool({
    url: database.url, applicationName: 'inventory-customers', max: 1, maxLifetimeSeconds: 0, queryTimeoutMs: QUERY_TIMEOUT_MS, onIdleError: () => undefined,
  }));
  try {
    return await run(db, { json: values.json, dry: values['dry-run'] });
  } finally {
    await db.destroy();
  }
}

if (import.meta.main) {
  try {
    process.exitCode = await main(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`customers: ${reasonOf(error)}\n`);
    process.exitCode = error instanceof UsageError || (error instanceof TypeError && 'code' in error) ? 2 : 1;
  }
}
