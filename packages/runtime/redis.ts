import { Redis } from 'ioredis';
import type { Writable } from 'node:stream';
import { createHold } from './cork.ts';
import type { Logger } from './log.ts';
import type { LinkState } from './nats/link.ts';
import { backoffMs, sleep } from './sleep.ts';

export type { Redis };

/**
 * Creates a connection to Redis for short commands and returns at once: Redis may come up an hour later. While it is
 * away a command rejects immediately; a command without an answer rejects after `commandTimeoutMs` (200 ms), or when the
 * connection has been silent for two seconds, its effect unknown, and is never sent twice. Log lines are written at
 * changes of state, not at attempts.
 */
export function createRedis(options: {
  readonly url: string;
  readonly name: string;
  readonly log: Logger;
  /**
   * Puts the commands of one turn of the event loop on the wire together. Not by ioredis' auto-pipelining: what that
   * leaves behind is garbage only to a full collection, and the small ones copy it [14 000 commands a second and nothing
   * else: small collections of 6 to 8 ms, 1.3 this way, and a third less processor time for a command].
   */
  readonly together?: boolean;
  /**
   * More for whoever sends long batches and keeps nobody waiting: its own busy event loop counts, too. 'caller': whoever
   * asks bounds the wait himself; a timer for each command costs a read of availability a tenth of its time.
   */
  readonly commandTimeoutMs?: number | 'caller';
  onState?(state: LinkState, detail: string): void;
}): Redis {
  const { log, onState, commandTimeoutMs = 200 } = options;
  const redis = new Redis(options.url, {
    connectionName: options.name,
    ...(commandTimeoutMs === 'caller' ? {} : { commandTimeout: commandTimeoutMs }),
    connectTimeout: 1000,
    // A peer that vanished without a word: without this its connection is used until the kernel gives up, a quarter
    // of an hour later.
    socketTimeout: 2000,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    autoResendUnfulfilledCommands: false,
    protocol: 2,
    retryStrategy: (attempt) => backoffMs(attempt, { minMs: 50, maxMs: 500 }),
  });

  if (options.together === true) {
    const turn = createHold();
    const send = redis.sendCommand.bind(redis);
    redis.sendCommand = (command, stream) => {
      // There is none before the first attempt to connect.
      const { stream: socket }: { readonly stream?: Writable } = redis;
      if (socket !== undefined) turn.hold(socket);
      return send(command, stream);
    };
  }
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

/** How long commands in hand may take when a connection ends. */
const GOODBYE_MS = 200;

/** Ends a connection: lets commands in hand be answered, if that is soon, then closes it. */
export async function closeRedis(redis: Redis): Promise<void> {
  if (redis.status === 'end') return;
  const patience = new AbortController();
  try {
    if (redis.status === 'ready') await Promise.race([redis.quit(), sleep(GOODBYE_MS, patience.signal)]);
  } catch {
    // It is going away anyhow.
  } finally {
    patience.abort();
    redis.disconnect();
  }
}
