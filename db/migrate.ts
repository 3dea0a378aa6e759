/** `node db/migrate.ts up|down [--count N] [--yes]`: brings the schema to the newest version, or back; safe to run twice at once. */
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { runner } from 'node-pg-migrate';
import type pg from 'pg';
import { readDatabaseUrl, reasonOf } from './config.ts';
import { limitForeignSessions } from './foreign-sessions.ts';
import { MIGRATE_LOCK } from './locks.ts';
import { migrationsFolder } from './schema-version.ts';
import { openClient } from './session/open.ts';
import { classify } from './sqlstate.ts';

/**
 * How long a statement waits for the lock of a table, and then makes way. Writers wait behind it meanwhile, and they give up
 * after a second (clientConfig).
 */
const LOCK_TIMEOUT_MS = 250;
/** A migration may take its time, and a second run waits for the first one. */
const NO_LIMITS = { statementMs: 0, lockMs: 0, idleInTransactionMs: 0 };
const MAKE_WAY_MS = 500;
/** Longer than `deadlock_timeout` (1 s by default), after which whom an autovacuum keeps waiting sends it away. */
const AUTOVACUUM_MS = 3000;
const PATIENCE_MS = 120_000;

interface MigrateOptions {
  readonly url: string;
  readonly direction: 'up' | 'down';
  /** How many migrations. Where it is left out: all for up, one for down. */
  readonly count?: number;
  readonly log?: (line: string) => void;
}

/**
 * Runs migrations, each in a transaction. A second run waits for the first, by an advisory lock, and finds nothing to do.
 * Writers wait for a quarter of a second at most, and a migration waits two minutes for a lock that a writer holds; an
 * autovacuum is sent away. `up` also
 * sets what belongs to the server or the database and not to its content: roles, and the limit of foreign sessions.
 * @returns the names of the migrations that were run
 */
export async function migrate(options: MigrateOptions): Promise<readonly string[]> {
  const client = await openClient(
    // Which server this is does not matter to the schema, and a managed one may refuse to say.
    { url: options.url, applicationName: 'inventory-migrate', identity: 'off', limits: NO_LIMITS },
    { connectTimeoutMs: 5000, queryTimeoutMs: 0 });
  const warnings = new Set<string>();
  client.on('notice', ({ severity, message = '', hint = '' }) => {
    if (severity !== 'WARNING' || warnings.has(message)) return;
    warnings.add(message);
    options.log?.(`${message}\n${hint}`.trim());
  });
  try {
    await client.query('SELECT pg_advisory_lock($1)', [MIGRATE_LOCK]);
    await client.query(`SET lock_timeout = ${LOCK_TIMEOUT_MS}`);
    const done: string[] = [];
    const limit = options.count ?? (options.direction === 'up' ? Infinity : 1);
    while (done.length < limit) {
      const name = await migrateOnce(client, options);
      if (name === undefined) break;
      done.push(name);
    }
    if (options.direction === 'up') {
      await makingWay(client, options, () => applyRoles(client));
      await limitForeignSessions(client, options.log ?? (() => undefined));
    }
    return done;
  } finally {
    await client.end();
  }
}

/** Runs the next migration. @returns its name; undefined when there is none */
function migrateOnce(client: pg.Client, options: MigrateOptions): Promise<string | undefined> {
  return makingWay(client, options, async (say) => {
    const [done] = await runner({
      dbClient: client,
      dir: migrationsFolder,
      direction: options.direction,
      count: 1,
      migrationsTable: 'pgmigrations',
      noLock: true,
      logger: { debug: () => undefined, info: () => undefined, warn: say, error: say },
    });
    return done?.name;
  });
}

/**
 * The groups, who owns what and who may do what (0009_roles.sql): set at each run, because a server to which a backup was
 * restored may lack them, and a login that may not make them is told so each time.
 */
async function applyRoles(client: pg.Client): Promise<void> {
  const { rows: [row] } = await client.query<{ there: boolean }>(`SELECT to_regprocedure('apply_roles()') IS NOT NULL AS there`);
  if (row?.there === true) await client.query('SELECT apply_roles()');
}

/** Does the work again for as long as a table that it needs is in use. What it says on the way is logged once it has ended. */
async function makingWay<T>(
  client: pg.Client, { log = () => undefined }: MigrateOptions, work: (say: (line: string) => void) => Promise<T>,
): Promise<T> {
  const deadline = performance.now() + PATIENCE_MS;
  for (let attempt = 1; ; attempt += 1) {
    const said: string[] = [];
    try {
      const result = await work((line) => { said.push(line); });
      said.forEach(log);
      return result;
    } catch (error) {
      const kind = classify(error);
      // A deadlock is a lock that was waited for, too: who waits for whom is found out before the time is over.
      if ((kind !== 'locked' && kind !== 'retry') || performance.now() > deadline) {
        said.forEach(log);
        throw error;
      }
      // The runner leaves a failed transaction open.
      await client.query('ROLLBACK');
      if (attempt === 1) log('Waiting for a table that is in use …');
      await delay(MAKE_WAY_MS);
      await sendAutovacuumAway(client);
    }
  }
}

/**
 * Ends the autovacuums that are at work on our tables. One of a large table takes minutes and more, and gives way only to who
 * has waited for it for `deadlock_timeout`, which is longer than a migration may keep writers waiting. A lock of the mode that
 * vacuum itself takes can wait for so long: it is in nobody's way. It comes back after `autovacuum_naptime`. Somebody's own
 * VACUUM does not give way.
 */
async function sendAutovacuumAway(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>(`
    SELECT DISTINCT l.relation::regclass::text AS name FROM pg_locks l
    JOIN pg_class c ON c.oid = l.relation AND c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
    WHERE l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND l.mode = 'ShareUpdateExclusiveLock' AND l.granted AND l.pid <> pg_backend_pid()`);
  for (const { name } of rows) {
    await client.query(`BEGIN; SET LOCAL lock_timeout = ${AUTOVACUUM_MS}; LOCK TABLE ${name} IN SHARE UPDATE EXCLUSIVE MODE; COMMIT`)
      .catch(async (error: unknown) => {
        await client.query('ROLLBACK');
        if (classify(error) !== 'locked') throw error;
      });
  }
}

const HELP = `Usage: npm run migrate -- [up | down --yes] [--count N]

Brings the database of DATABASE_URL, or of the URL in the file DATABASE_URL_FILE, to the newest schema (up, the
default), or takes the last migration back (down). It is safe to run twice at once: the second waits, then finds nothing to do.

  --count N   so many migrations, instead of all for up and one for down
  --yes       needed for down: what the migration had added goes, with the data in it, and up does not bring the data back
  --help

Exit code: 0 done, 1 failed, 2 typed wrongly, and nothing was changed.
`;

/** Exit code: 0 done, 1 failed, 2 wrong usage. */
async function main(): Promise<number> {
  let parsed;
  try {
    parsed = parseArgs({
      allowPositionals: true,
      options: { count: { type: 'string' }, yes: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
    });
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${HELP}`);
    return 2;
  }
  const { values, positionals } = parsed;
  const [direction = 'up', ...rest] = positionals;
  if (values.help === true) {
    process.stdout.write(HELP);
    return 0;
  }
  const database = readDatabaseUrl();
  const problems = [
    ...('problem' in database ? [database.problem] : []),
    ...(rest.length > 0 || (direction !== 'up' && direction !== 'down') ? [`unknown: ${positionals.join(' ')}`] : []),
    ...(values.count !== undefined && !/^[1-9]\d{0,3}$/.test(values.count) ? ['--count takes a number from 1'] : []),
    ...(direction === 'down' && values.yes !== true ? ['down removes data for good: it wants --yes'] : []),
  ];
  if ('problem' in database || (direction !== 'up' && direction !== 'down') || problems.length > 0) {
    process.stderr.write(`${problems.join('\n')}\n\n${HELP}`);
    return 2;
  }
  try {
    const count = values.count === undefined ? {} : { count: Number(values.count) };
    const names = await migrate({ url: database.url, direction, ...count, log: (line) => process.stderr.write(`${line}\n`) });
    process.stdout.write(names.length === 0 ? 'The schema is up to date.\n' : `${direction}: ${names.join(', ')}\n`);
    return 0;
  } catch (error) {
    process.stderr.write(`Migration failed: ${reasonOf(error)}\n`);
    return 1;
  }
}

if (import.meta.main) {
  const code = await main();
  // The connection to a frozen server stays open for longer than anybody waits for a command that has said what is wrong.
  process.stdout.write('', () => process.exit(code));
}
