/** A connection to Redis that is kept up, and on which no command waits for a Redis that is away. */
import { Redis } from 'ioredis';
import type { Writable } from 'node:stream';
import { createCork } from '../cork.ts';
import type { Cork } from '../cork.ts';
import type { Logger } from '../log.ts';
import type { LinkState } from '../nats/link.ts';
import { backoffMs, sleep } from '../sleep.ts';
import { isDenied, isReadOnly, refusalFrom, refusalOf } from './server.ts';
import { createStates } from './states.ts';

export type { Redis };

/** The pause before a server that was refused is asked again. */
const REFUSED_PAUSE_MS = 1_000;
/** A user who lacked a right is tried again so often. */
const DENIED_PAUSE_MS = 10_000;

/**
 * Creates a connection to Redis for short commands, and returns at once: Redis may come up an hour later. While it is away,
 * a command rejects immediately. A command without an answer rejects after `commandTimeoutMs` (200 ms), or when the
 * connection has been silent for two seconds; its effect is unknown then, and it is never sent twice. A change of state is
 * logged, an attempt is not.
 *
 * A server that is not fit (server.ts: a replica, a Sentinel, a cluster) is refused as soon as it has said so: the state is
 * `disconnected` with the reason, and it is tried again each second. A write that is refused because the server is a replica
 * now ends the connection, so that the next one may lead to the master. While the user lacks a right that some command needs,
 * the state is `disconnected` with the name of the command, although others are answered.
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
  const { commandTimeoutMs = 200 } = options;
  const states = createStates(options);
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
    retryStrategy: (attempt) => (states.refused() ? REFUSED_PAUSE_MS : backoffMs(attempt, { minMs: 50, maxMs: 500 })),
    reconnectOnError: (error) => {
      if (isDenied(error)) {
        states.denied(error);
        // The right may be granted later, and nothing tells so: a new connection finds out.
        again ??= setTimeout(() => {
          again = undefined;
          if (redis.status === 'ready') redis.disconnect(true);
        }, DENIED_PAUSE_MS).unref();
      }
      if (isReadOnly(error)) states.failed(error);
      return isReadOnly(error);
    },
  });
  let again: NodeJS.Timeout | undefined;

  if (options.corked === true) {
    const turn = createCork();
    corks.set(redis, turn);
    const send = redis.sendCommand.bind(redis);
    redis.sendCommand = (command, stream) => {
      // There is no socket before the first attempt to connect.
      const { stream: socket }: { readonly stream?: Writable } = redis;
      if (socket !== undefined) turn.cork(socket);
      return send(command, stream);
    };
  }
  redis.on('ready', () => {
    void redis.info().then(refusalOf, refusalFrom).then((refusal) => {
      if (redis.status !== 'ready') return;
      if (refusal === undefined) {
        states.fit();
        return;
      }
      states.refuse(refusal);
      redis.disconnect(true);
    });
  });
  // A failed attempt changes no state. Without a listener ioredis would write each one to the console.
  redis.on('error', (error: unknown) => { states.failed(error); });
  redis.on('close', () => { states.closed(); });
  redis.on('end', () => { clearTimeout(again); });
  return redis;
}

const corks = new WeakMap<Redis, Pick<Cork, 'release'>>();

/** Sends what a corked connection keeps for the end of the turn: for whoever has waited for that end already. */
export function sendNow(redis: Redis): void {
  corks.get(redis)?.release();
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
