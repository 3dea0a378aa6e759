/** One connection to NATS that is kept up for as long as a process lives. */
import { DebugEvents, ErrorCode, Events, NatsError, connect, type NatsConnection, type Status } from 'nats';
import { errorKey, type Logger } from '../log.ts';
import { backoffMs, sleep } from '../sleep.ts';
import { addressesOf } from './addresses.ts';
import { breakOff } from './break-off.ts';
import { createMoves } from './moves.ts';

export type LinkState = 'connected' | 'disconnected';

export type NatsLink = {
  isConnected(): boolean;
  /**
   * The connection. Resolves when NATS was reached for the first time, and from then on at once, whether connected or not:
   * the client reconnects by itself and keeps its subscriptions. Rejects with the signal's reason when that aborts, and
   * with an Error when the link was closed.
   */
  connection(signal?: AbortSignal): Promise<NatsConnection>;
  /**
   * Leaves the server that the connection leads to for another one of its cluster. For a server that is there and of no use,
   * because it is cut off from the others: the connection itself shows nothing of that. Subscriptions are kept; what was
   * published and not answered is lost, as in any reconnect.
   * @param reason in words, for the log
   * @returns the name of the server that it leads to now; undefined when there is no other, or none answers within 5 s
   */
  moveOn(reason: string): Promise<string | undefined>;
  /**
   * Why a server that is connected may be of no use, in words: a right that the user lacked within the last 30 s, or JetStream
   * that is switched off. All that a call sees of these is a time-out or 503. undefined when neither is known.
   */
  hint(): string | undefined;
  /** Ends the link, or the attempts to make it. Idempotent. */
  close(): Promise<void>;
};

const RECONNECT_WAIT_MS = 250;
const DENIED_MS = 30_000;

/**
 * Opens a link to NATS and returns at once: NATS may come up an hour later. A change of state is logged, an attempt is not.
 * Callbacks are called in order, and none after `close`.
 */
export function connectNats(options: {
  /** One server, or several of a cluster (variables.ts, urlList). The client learns of others from the first that answers. */
  readonly url: string;
  readonly name: string;
  readonly log: Logger;
  /** At every change, with a reason in words. */
  onState?(state: LinkState, detail: string): void;
  /** The connection is there again; messages that were published meanwhile did not arrive. */
  onReconnect?(): void;
  /** The client has given up for good, which it should never do: the process must end. */
  onClosed?(error: Error | undefined): void;
}): NatsLink {
  const { log, onState } = options;
  const stopping = new AbortController();
  let nats: NatsConnection | undefined;
  let connected = false;
  const moves = createMoves(addressesOf(options.url).servers);

  const change = (state: LinkState, detail: string): void => {
    if (stopping.signal.aborted) return;
    connected = state === 'connected';
    if (connected) log.info('connected to nats', { detail });
    else log.warn('not connected to nats', { detail });
    onState?.(state, detail);
  };

  let denied: { readonly detail: string; readonly atMs: number } | undefined;
  const deniedLately = (): string | undefined =>
    (denied !== undefined && performance.now() - denied.atMs < DENIED_MS ? denied.detail : undefined);
  /** A leader is denied many times a second. */
  const deny = (detail: string): void => {
    if (deniedLately() !== detail) log.warn('nats refuses a right', { detail });
    denied = { detail, atMs: performance.now() };
  };

  const follow = async (connection: NatsConnection): Promise<void> => {
    for await (const status of connection.status()) {
      const type: Status['type'] = status.type;
      if (type === Events.Disconnect && connected) change('disconnected', moves.reason() ?? 'the connection was lost');
      else if (type === Events.Reconnect) {
        change('connected', `again to ${connection.getServer()}`);
        moves.arrived();
        if (!stopping.signal.aborted) options.onReconnect?.();
      } else if (type === Events.Error) {
        const { permissionContext: lacks } = status;
        if (lacks === undefined) log.warn('nats reports an error', { detail: String(status.data) });
        else deny(`this user of NATS may not ${lacks.operation === 'publish' ? 'publish' : 'subscribe'} to ${lacks.subject}`);
      } else if (type === DebugEvents.StaleConnection) {
        log.warn('nats does not answer pings');
        breakOff(connection);
      }
    }
  };

  const begin = (connection: NatsConnection): NatsConnection => {
    nats = connection;
    if (stopping.signal.aborted) connection.close().catch(() => undefined);
    follow(connection).catch((error: unknown) => { log.error('lost sight of the nats connection', { error }); });
    connection.closed().then((error) => {
      if (stopping.signal.aborted) return;
      change('disconnected', 'closed for good');
      options.onClosed?.(error instanceof Error ? error : undefined);
    }, () => undefined);
    change('connected', `to ${connection.getServer()}`);
    return connection;
  };
  const dialled = firstConnection(options, stopping.signal, (error) => { change('disconnected', error.message); });
  // `close` does not wait for a running attempt, which may take two seconds.
  const first = orAbort(dialled.then(begin), stopping.signal);
  // The rejection goes to the callers of `connection`; without this it would be unhandled as well.
  first.catch(() => undefined);

  return {
    isConnected: () => connected,
    connection: (signal) => (signal === undefined ? first : orAbort(first, signal)),
    moveOn: (reason) => (nats === undefined || !connected ? Promise.resolve(undefined) : moves.moveOn(nats, reason, stopping.signal)),
    hint: () => deniedLately() ?? (connected && nats?.info?.jetstream !== true ? 'this NATS server has JetStream switched off' : undefined),
    async close() {
      stopping.abort(new Error('the link to nats was closed'));
      connected = false;
      await nats?.close();
    },
  };
}

/**
 * Connects until it succeeds or the signal aborts. The client's own waitOnFirstConnect cannot be ended, and makes no pause
 * between attempts.
 */
async function firstConnection(
  { url, name }: { readonly url: string; readonly name: string },
  signal: AbortSignal,
  onFailure: (error: Error) => void,
): Promise<NatsConnection> {
  let lastKey: string | undefined;
  for (let failures = 1; !signal.aborted; failures += 1) {
    try {
      const connection = await connect({
        ...addressesOf(url),
        name,
        // The default is to give up for good after ten attempts.
        maxReconnectAttempts: -1,
        reconnectTimeWait: RECONNECT_WAIT_MS,
        ignoreAuthErrorAbort: true,
        // A frozen server accepts connections and says nothing; the client's own patience is 20 s.
        timeout: 2000,
        // Silence is noticed after three intervals; the default takes six minutes.
        pingInterval: 3000,
        maxPingOut: 2,
      });
      if (!signal.aborted) return connection;
      await connection.close();
    } catch (error) {
      const failure = inWords(error);
      if (errorKey(failure) !== lastKey) onFailure(failure);
      lastKey = errorKey(failure);
    }
    await sleep(backoffMs(failures, { minMs: RECONNECT_WAIT_MS, maxMs: 1000 }), signal);
  }
  throw signal.reason;
}

/** The error of an attempt, in words. For a server without TLS the client says nothing but "tls". */
function inWords(error: unknown): Error {
  if (error instanceof NatsError && error.code === ErrorCode.ServerOptionNotAvailable.toString()) {
    return new Error('the server does not speak TLS, which tls:// insists on', { cause: error });
  }
  return error instanceof Error ? error : new Error(String(error));
}

function orAbort<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => { reject(signal.reason); };
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => { signal.removeEventListener('abort', onAbort); });
  });
}
