// @ts-check
/* `node scripts/credentials.mjs FOLDER …`: generates the passwords of one installation, once, and writes who reads what. */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { keepPasswords, writeFiles } from './lib/servers/credentials.mjs';

const HELP = `Usage: node scripts/credentials.mjs FOLDER [--postgres URL] [--redis URL] [--nats URL] [--superuser NAME]

Generates a password for each process at each server, keeps them in FOLDER/passwords.json, and writes

  FOLDER/<process>/database-url, redis-url, nats-url   what the process reads: DATABASE_URL_FILE and so on
  FOLDER/redis/redis.conf                              the users of Redis: redis-server FOLDER/redis/redis.conf …
  FOLDER/nats/nats-server.conf                         the users of NATS: nats-server -c FOLDER/nats/nats-server.conf …

The processes are owner (who migrates), api, relay and projector; reader is for people and reports, analytics for a team that
consumes events. The logins of Postgres are then made by \`node db/logins.ts FOLDER\`. Run again, it keeps the passwords; a
password that was deleted from passwords.json is generated anew.

  --postgres URL     without a user: postgres://db:5432/inventory?sslmode=verify-full
  --redis URL        redis://cache:6379
  --nats URL         nats://nats:4222
  --superuser NAME   for a Postgres that is started with it: FOLDER/superuser/password, which is that of the variable
                     POSTGRES_PASSWORD where it is set, and FOLDER/superuser/database-url
`;

try {
  const text = /** @type {const} */ ({ type: 'string' });
  const { values, positionals: [folder, ...rest] } = parseArgs({
    allowPositionals: true,
    options: { postgres: text, redis: text, nats: text, superuser: text, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help === true) process.stdout.write(HELP);
  else if (folder === undefined || rest.length > 0) throw new TypeError('one FOLDER is needed');
  else {
    const { postgres, redis, nats, superuser } = values;
    const passwords = keepPasswords(join(folder, 'passwords.json'), process.env['POSTGRES_PASSWORD']);
    writeFiles(folder, passwords, { postgres, redis, nats }, superuser);
    process.stdout.write(`Wrote ${folder}.\n`);
  }
} catch (error) {
  const usage = error instanceof TypeError;
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${usage ? `\n${HELP}` : ''}`);
  process.exitCode = usage ? 2 : 1;
}
