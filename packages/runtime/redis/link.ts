/** A connection to Redis that is kept up, and on which no command waits for a Redis that is away. */
import { Redis } from 'ioredis';
import type { Writable } from 'node:stream';
import { createCork } from '../cork.ts';
import type { Logger } from '../log.ts';
import type { LinkState } from '../nats/link.ts';
import { backoffMs, sleep } from '../sleep.ts';

export type { Redis };

/**
 * Creates a connection to Redis for short commands, and returns at once: Redis may come up an hour later. While it is away,
 * a command rejects immediately. A command without an answer rejects after `commandTimeoutMs` (200 ms), or when the
 * connection has been silent for two seconds; its effect is unknown then, and it is never sent twice. A change of state is
 * logged, an attempt is not.
 */
export function createRedis(options: {
  readonly url: string;
  readonly name: string;
  readonly log: Logger;
  /**
   * Sends the commands of one turn of the event loop in one system call. ioredis' auto-pipelining leaves objects that only
   * a full collection removes, and that small ones copy [14 000 commands a second and nothing else: small collections of 6
   * to 8 ms, 1.3 ms this way, and a third less processor time for a command: docs/decisions/0017].
   */
  readonly corked?: boolean;
  /**
   * Longer for long batches that nobody waits for, because the time of a busy event loop counts, too. 'caller': the caller
   * bounds the wait; a timer for each command costs a cached read of the api a tenth of its time.
   */
  readonly commandTimeoutMs?: number | 'caller';
  onState?(state: LinkState, detail: string): void;
}): Redis {
  const { log, onState, commandTimeoutMs = 200 } = options;
  const redis = new Redis(options.url, {
    connectionName: options.name,
    ...(commandTimeoutMs === 'caller' ? {} : { commandTimeout: commandTimeoutMs }),
    connectTimeout: 1000,
    // Without it, a connection whose peer has vanished would be used until the kernel gives up, after a quarter of an hour.
    socketTimeout: 2000,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    autoResendUnfulfilledCommands: false,
    protocol: 2,
    retryStrategy: (attempt) => backoffMs(attempt, { minMs: 50, maxMs: 500 }),
  });

  if (options.corked === true) {
    const turn = createCork();
    const send = redis.sendCommand.bind(redis);
    redis.sendCommand = (command, stream) => {
      // There is no socket before the first attempt to connect.
      const { stream: socket }: { readonly stream?: Writable } = redis;
      if (socket !== undefined) turn.cork(socket);
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
  // A failed attempt changes no state. Without a listener ioredis would write each one to the console.
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

/** A hint for a first attempt that looks as if only one of the two sides spoke TLS, because neither side says so. */
function tlsHint(url: string, error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (url.startsWith('redis:') && (code === 'ECONNRESET' || code === 'EPIPE')) return 'does it want TLS, rediss://?';
  if (url.startsWith('rediss:') && code === 'ETIMEDOUT') return 'does it speak TLS at all?';
  return undefined;
}

/** How long commands in hand may take when a connection is closed. */
const GOODBYE_MS = 200;

/** Closes a connection, after commands in hand were answered if that takes no longer than 200 ms. Never rejects. */
export async function closeRedis(redis: Redis): Promise<void> {
  if (redis.status === 'end') return;
  const patience = new AbortController();
  try {
    if (redis.status === 'ready') await Promise.race([redis.quit(), sleep(GOODBYE_MS, patience.signal)]);
  } catch {
    // It is closed in any case.
  } finally {
    patience.abort();
    redis.disconnect();
  }
}
