import { Redis } from 'ioredis';
import type { Logger } from './log.ts';
import type { LinkState } from './nats.ts';
import { backoffMs } from './sleep.ts';

export type { Redis };

/**
 * Creates a connection to Redis for short commands and returns at once: Redis may come up an hour later. While it is
 * away a command rejects immediately; a command without an answer rejects after `commandTimeoutMs` (200 ms), its effect
 * unknown, and is never sent twice. Log lines are written at changes of state, not at attempts.
 */
export function createRedis(options: {
  readonly url: string;
  readonly name: string;
  readonly log: Logger;
  /** Puts the commands of one turn of the event loop on the wire together. */
  readonly autoPipelining?: boolean;
  /** More for whoever sends long batches and keeps nobody waiting: its own busy event loop counts, too. */
  readonly commandTimeoutMs?: number;
  onState?(state: LinkState, detail: string): void;
}): Redis {
  const { log, onState } = options;
  const redis = new Redis(options.url, {
    connectionName: options.name,
    commandTimeout: options.commandTimeoutMs ?? 200,
    connectTimeout: 1000,
    // A peer that vanished without a word: without this its connection is used until the kernel gives up, a quarter
    // of an hour later.
    socketTimeout: 2000,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    autoResendUnfulfilledCommands: false,
    enableAutoPipelining: options.autoPipelining ?? false,
    protocol: 2,
    retryStrategy: (attempt) => backoffMs(attempt, { minMs: 50, maxMs: 500 }),
  });

  let state: LinkState | undefined;
  let lastError: unknown;
  redis.on('ready', () => {
    state = 'connected';
    log.info('connected to redis');
    onState?.(state, 'connected');
  });
  // Attempts while it is away change no state; without a listener ioredis would write each to the console.
  redis.on('error', (error: unknown) => { lastError = error; });
  redis.on('close', () => {
    const error = lastError ?? new Error('the connection was lost');
    lastError = undefined;
    if (state === 'disconnected') return;
    const hint = state === undefined ? tlsHint(options.url, error) : undefined;
    state = 'disconnected';
    log.warn('not connected to redis', { error, hint });
    const reason = error instanceof Error ? error.message : String(error);
    onState?.(state, hint === undefined ? reason : `${reason}; ${hint}`);
  });
  return redis;
}

/** What a first attempt looks like when only one of the two sides speaks TLS: neither says so. */
function tlsHint(url: string, error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (url.startsWith('redis:') && (code === 'ECONNRESET' || code === 'EPIPE')) return 'does it want TLS, rediss://?';
  if (url.startsWith('rediss:') && code === 'ETIMEDOUT') return 'does it speak TLS at all?';
  return undefined;
}

/** Ends a connection: lets commands in hand be answered, for as long as one command may take, then closes it. */
export async function closeRedis(redis: Redis): Promise<void> {
  if (redis.status === 'end') return;
  try {
    if (redis.status === 'ready') await redis.quit();
  } catch {
    // It is going away anyhow.
  } finally {
    redis.disconnect();
  }
}
