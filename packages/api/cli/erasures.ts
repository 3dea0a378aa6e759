/** `npm run erasures -- export`: who was forgotten, for the time after a restore. */
import { parseArgs } from 'node:util';
import { readDatabaseUrl, reasonOf } from '@inventory/db/config.ts';
import { openDatabase } from '@inventory/db/pool.ts';
import { instant } from '@inventory/domain/values.ts';
import { UsageError } from '@inventory/runtime/cli/usage.ts';
import { jsonLine } from '@inventory/runtime/log-fields.ts';
import { exportErasures } from './export-erasures.ts';

const HELP = `Usage: npm run erasures -- export [--since TIME]

Writes the erasures of customers to stdout, as lines of JSON with refs and without ids. A backup still knows whoever was erased since it was
made, so keep this beside your backups, and write it anew after each erasure: relay reconcile --restored asks for it.

  --since TIME   only those since then (RFC 3339), for example since the oldest backup that is kept

The database is that of DATABASE_URL (or DATABASE_URL_FILE).
Exit codes: 0 done; 1 failed; 2 wrong usage or configuration.
`;

async function main(args: readonly string[]): Promise<number> {
  const { values: { help, since }, positionals: [command, ...more] } = parseArgs({
    args: [...args], allowPositionals: true,
    options: { since: { type: 'string' }, help: { type: 'boolean', short: 'h', default: false } },
  });
  if (help) {
    process.stdout.write(HELP);
    return 0;
  }
  if (command !== 'export' || more.length > 0) throw new UsageError('export is the only command: --help shows it');
  if (since !== undefined && !instant.safeParse(since).success) throw new UsageError('--since is a time like 2026-11-24T10:00:00Z');
  const database = readDatabaseUrl();
  if ('problem' in database) throw new UsageError(database.problem);
  const db = openDatabase({ url: database.url, applicationName: 'inventory-erasures' });
  try {
    for await (const lines of exportErasures(db, since)) process.stdout.write(lines.map((line) => `${jsonLine(line)}\n`).join(''));
    return 0;
  } finally {
    await db.destroy();
  }
}

if (import.meta.main) {
  try {
    process.exitCode = await main(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`erasures: ${reasonOf(error)}\n`);
    process.exitCode = error instanceof UsageError || (error instanceof TypeError && 'code' in error) ? 2 : 1;
  }
}
