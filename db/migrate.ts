/** `node db/migrate.ts up|down [--count N]`: brings the schema to the newest version, or back. Safe to run twice at once. */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runner } from 'node-pg-migrate';
import { readDatabaseUrl } from './config.ts';

export const migrationsFolder = fileURLToPath(new URL('./migrations', import.meta.url));

export interface MigrateOptions {
  readonly url: string;
  readonly direction: 'up' | 'down';
  /** How many; all of them when left out for up, one for down. */
  readonly count?: number;
  readonly log?: (line: string) => void;
}

/**
 * Runs migrations, each in a transaction; a second run waits for the first (an advisory lock) and finds nothing to do.
 * @returns the names of the migrations that were run
 */
export async function migrate(options: MigrateOptions): Promise<readonly string[]> {
  const log = (line: string): void => {
    // With a stack, and the error that is thrown says the same.
    if (!line.startsWith('could not connect to postgres')) options.log?.(line);
  };
  const done = await runner({
    databaseUrl: options.url,
    dir: migrationsFolder,
    direction: options.direction,
    migrationsTable: 'pgmigrations',
    advisoryLockMode: 'wait',
    ...(options.count === undefined ? {} : { count: options.count }),
    logger: { debug: () => undefined, info: () => undefined, warn: log, error: log },
  });
  return done.map((migration) => migration.name);
}

const HELP = `Usage: npm run migrate -- [up | down] [--count N]

Brings the database of DATABASE_URL, or of the URL in the file DATABASE_URL_FILE, to the newest schema (up, the
default), or takes the last migration back (down). It is safe to run twice at once: the second waits, then finds nothing to do.
`;

/** Exit code: 0 done, 1 failed, 2 wrong usage. */
async function main(): Promise<number> {
  let parsed;
  try {
    parsed = parseArgs({
      allowPositionals: true,
      options: { count: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
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

function reasonOf(error: unknown): string {
  // All addresses of a name refused together have a code and no message.
  if (error instanceof Error && error.message === '' && 'code' in error) return String(error.code);
  return error instanceof Error ? error.message : String(error);
}

if (import.meta.main) process.exitCode = await main();
