/** What the commands that are no server share: their connections, and how they end. */
import { once } from 'node:events';
import { createDatabase, createPool } from '@inventory/db/pool.ts';
import type { Database } from '@inventory/db/pool.ts';
import { processEnv } from '@inventory/runtime/config.ts';
import { configOrUsage } from '@inventory/runtime/lifecycle.ts';
import { createLogger } from '@inventory/runtime/log.ts';
import type { Logger } from '@inventory/runtime/log.ts';
import { closeRedis, createRedis } from '@inventory/runtime/redis.ts';
import type { Redis } from '@inventory/runtime/redis.ts';
import { REDIS_TIMEOUT_MS, toolConfig } from '../config.ts';

export interface Tool {
  readonly db: Database;
  readonly redis: Redis;
  /** To stderr: stdout is the command's answer. */
  readonly log: Logger;
  /** Aborts at Ctrl-C. */
  readonly signal: AbortSignal;
}

export type ExitCode = 0 | 1 | 2;

const CONNECT_MS = 5_000;

/**
 * Runs a command with its connections and returns its exit code: what `work` answers, 1 when it fails (said on stderr),
 * 2 for a wrong configuration.
 */
export async function runTool(work: (tool: Tool) => Promise<ExitCode>): Promise<ExitCode> {
  const config = configOrUsage(toolConfig, [], processEnv());
  if (config === undefined) return 2;
  const identity = { process: 'projector', instance: config.INSTANCE_ID };
  const log = createLogger({ ...identity, level: 'warn', stream: process.stderr });
  const pool = createPool({
    url: config.DATABASE_URL, applicationName: 'projector tool', max: 4, onIdleError: () => undefined,
    maxLifetimeSeconds: config.PG_CONNECTION_LIFETIME_SECONDS,
  });
  const db = createDatabase(pool);
  const redis = createRedis({ url: config.REDIS_URL, name: 'projector-tool', log, commandTimeoutMs: REDIS_TIMEOUT_MS });
  const interrupt = new AbortController();
  const onInterrupt = (): void => { interrupt.abort(new Error('interrupted')); };
  process.once('SIGINT', onInterrupt);
  process.once('SIGTERM', onInterrupt);
  try {
    await readyWithin(redis, CONNECT_MS);
    return await work({ db, redis, log, signal: interrupt.signal });
  } catch (error) {
    process.stderr.write(`projector: ${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  } finally {
    process.off('SIGINT', onInterrupt);
    process.off('SIGTERM', onInterrupt);
    await closeRedis(redis);
    await db.destroy();
    await log.close();
  }
}

async function readyWithin(redis: Redis, ms: number): Promise<void> {
  if (redis.status === 'ready') return;
  try {
    // Its own 'error' events are repeated attempts, not the end.
    await new Promise<void>((resolve, reject) => {
      const late = setTimeout(() => { reject(new Error('late')); }, ms);
      once(redis, 'ready').then(() => { clearTimeout(late); resolve(); }, () => undefined);
    });
  } catch (error) {
    throw new Error(`Redis does not answer within ${ms / 1000} s`, { cause: error });
  }
}
