/**
 * `node db/logins.ts FOLDER`: makes a login for each process, with the name and the password that its URL in FOLDER has,
 * and puts it into its group. Safe to run again: a password that has changed is set, nothing else is touched.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type pg from 'pg';
import { readDatabaseUrl, reasonOf } from './config.ts';
import type { Credentials } from './roles.ts';
import { LOGINS, makeLogins } from './roles.ts';
import { openClient } from './session/open.ts';

const HELP = `Usage: npm run logins -- FOLDER

Makes a login for each of ${LOGINS.join(', ')} for which FOLDER/<its name>/database-url is there: name and password are those of
the URL. It also makes the groups that they belong to, and hands the database over to inventory_owner. DATABASE_URL, or the file
that DATABASE_URL_FILE names, is that of a login which may make roles. It is safe to run again.
`;

/** @throws {Error} for a URL without a name or a password */
function readCredentials(folder: string): readonly Credentials[] {
  return LOGINS.flatMap((login) => {
    const file = join(folder, login, 'database-url');
    if (!existsSync(file)) return [];
    const { username, password } = new URL(readFileSync(file, 'utf8').trim());
    if (username === '' || password === '') throw new Error(`${file} has no name or no password in it`);
    return [{ login, user: decodeURIComponent(username), password: decodeURIComponent(password) }];
  });
}

/** Exit code: 0 done, 1 failed, 2 wrong usage. */
async function main(): Promise<number> {
  let parsed;
  try {
    parsed = parseArgs({ allowPositionals: true, options: { help: { type: 'boolean', short: 'h' } } });
  } catch (error) {
    process.stderr.write(`${reasonOf(error)}\n\n${HELP}`);
    return 2;
  }
  if (parsed.values.help === true) {
    process.stdout.write(HELP);
    return 0;
  }
  const [folder, ...rest] = parsed.positionals;
  const database = readDatabaseUrl();
  if ('problem' in database || folder === undefined || rest.length > 0) {
    process.stderr.write(`${'problem' in database ? database.problem : 'one FOLDER is needed'}\n\n${HELP}`);
    return 2;
  }
  let client: pg.Client | undefined;
  try {
    const all = readCredentials(folder);
    if (all.length === 0) throw new Error(`${folder} has no <login>/database-url`);
    // Which server this is does not matter to logins, and a managed one may refuse to say.
    client = await openClient({ url: database.url, applicationName: 'inventory-logins', identity: 'off' }, { connectTimeoutMs: 5000, queryTimeoutMs: 0 });
    for (const line of await makeLogins(client, all)) process.stdout.write(`${line}\n`);
    return 0;
  } catch (error) {
    process.stderr.write(`The logins were not made: ${reasonOf(error)}\n`);
    return 1;
  } finally {
    await client?.end();
  }
}

if (import.meta.main) process.exitCode = await main();
