/** What the projector's commands share: their connections, and how Ctrl-C ends them. */
import { openDatabase } from '@inventory/db/pool.ts';
import type { Database } from '@inventory/db/pool.ts';
import { withRedis } from '@inventory/runtime/cli/connections.ts';
import { createLogger } from '@inventory/runtime/log.ts';
import type { Logger } from '@inventory/runtime/log.ts';
import type { Redis } from '@inventory/runtime/redis/link.ts';
import { untilStopped } from '@inventory/runtime/stop-signal.ts';
import { readCommandConfig, REDIS_TIMEOUT_MS } from '../config.ts';

export interface CommandDeps {
  readonly db: Database;
  readonly redis: Redis;
  /** To stderr: stdout is the command's answer. */
  readonly log: Logger;
  /** Aborts at Ctrl-C. */
  readonly signal: AbortSignal;
}

export type ExitCode = 0 | 1;

/**
 * Does a command's work with the log and the view, and sets the exit code that the work returns.
 * @throws {ConfigError}, {Unreachable} where Redis is away, and whatever the work throws
 */
export async function withView(work: (deps: CommandDeps) => Promise<ExitCode>): Promise<void> {
  const config = readCommandConfig();
  const log = createLogger({ process: 'projector', instance: config.INSTANCE_ID, level: 'warn', stream: process.stderr });
  const db = openDatabase({
    url: config.DATABASE_URL, identity: config.POSTGRES_IDENTITY, applicationName: 'projector tool',
  });
  const redis = { url: config.REDIS_URL, name: 'projector-tool', commandTimeoutMs: REDIS_TIMEOUT_MS };
  try {
    process.exitCode = await untilStopped('interrupted', (signal) =>
      withRedis(redis, (connection) => work({ db, redis: connection, log, signal })));
  } finally {
    await db.destroy();
    await log.close();
  }
}
