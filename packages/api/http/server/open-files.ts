/**
 * Connections of clients, held against what the process may have open. Beyond the limit of open files nothing says no in
 * an orderly way: clients that are connected keep their seats, and the connection to Postgres that their requests need
 * cannot be opened (EMFILE). So clients get what is left when everything else has what it may need.
 */
import { z } from 'zod';

/** The logs, Redis, the listening sockets, scrapes of the ops port, the key set, and what Node itself has open: about 40. */
const OTHER_FILES = 100;

interface OpenFiles {
  /** The limit of the process; undefined where there is none. */
  readonly limit: number | undefined;
  /** What HTTP_MAX_CONNECTIONS asks for. */
  readonly configured: number;
  /** Connections to Postgres, at most. */
  readonly database: number;
}

/**
 * How many connections of clients there may be at once.
 * @throws {Error} where the limit leaves none
 */
export function connectionsWithin({ limit, configured, database }: OpenFiles): number {
  if (limit === undefined) return configured;
  const left = limit - database - OTHER_FILES;
  if (left < 1) {
    throw new Error(`the limit of open files (ulimit -n) is ${limit}: the api needs ${database + OTHER_FILES} and one for each connection`);
  }
  return Math.min(configured, left);
}

const report = z.object({ userLimits: z.object({ open_files: z.object({ soft: z.union([z.number(), z.literal('unlimited')]) }) }) });

/**
 * The limit of open files (`ulimit -n`). Node has raised it as far as it may go when this runs. For the start of a process:
 * the report that tells it (1.5 ms then) looks up the names of all peers.
 * @returns undefined where there is none, or the system (Windows) does not tell
 */
export function openFilesLimit(): number | undefined {
  const parsed = report.safeParse(process.report.getReport());
  const limit = parsed.data?.userLimits.open_files.soft;
  return limit === 'unlimited' ? undefined : limit;
}
