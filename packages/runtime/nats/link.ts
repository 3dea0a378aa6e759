import { isIP } from 'node:net';
import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import {
  DebugEvents, ErrorCode, Events, NatsError, connect, type ConnectionOptions, type NatsConnection, type Status,
} from 'nats';
import { errorKey, type Logger } from '../log.ts';
import { backoffMs, sleep } from '../sleep.ts';

export type LinkState = 'connected' | 'disconnected';

/** One connection to NATS that is kept up for as long as the process lives. */
export type NatsLink = {
  isConnected(): boolean;
  /**
   * The connection. Resolves once NATS was reached for the first time, and at once from then on, connected or not: the
   * client reconnects by itself and keeps its subscriptions. Rejects with the signal's reason when that aborts, and
   * with an Error when the link was closed.
   */
  connection(signal?: AbortSignal): Promise<NatsConnection>;
  /** Ends the link, or the attempts to make it. Idempotent. */
  close(): Promise<void>;
};

const RECONNECT_WAIT_MS = 250;

/**
 * Opens a link to NATS and returns at once: NATS may come up an hour later. Log lines are written at changes of state,
 * not at attempts. Callbacks are called in order, and none after `close`.
 */
export function connectNats(options: {
  readonly url: string;
  readonly name: string;
  readonly log: Logger;
  /** At every change, with a reason in words. */
  onState?(state: LinkState, detail: string): void;
  /** The connection is back after it was lost; what was published in between is lost. */
  onReconnect?(): void;
  /** The client gave up for good, which it should not do: the process had better end. */
  onClosed?(error: Error | undefined): void;
}): NatsLink {
  const { log, onState } = options;
  const stopping = new AbortController();
  let nats: NatsConnection | undefined;
  let connected = false;

  const change = (state: LinkState, detail: string): void => {
    if (stopping.signal.aborted) return;
    connected = state === 'connected';
    if (connected) log.info('connected to nats', { detail });
    else log.warn('not connected to nats', { detail });
    onState?.(state, detail);
  };

  const follow = async (connection: NatsConnection): Promise<void> => {
    for await (const status of connection.status()) {
      const type: Status['type'] = status.type;
      if (type === Events.Disconnect && connected) change('disconnected', 'the connection was lost');
      else if (type === Events.Reconnect) {
        change('connected', `again to ${connection.getServer()}`);
        if (!stopping.signal.aborted) options.onReconnect?.();
      } else if (type === Events.Error) {
        log.warn('nats reports an error', { detail: String(status.data) });
      } else if (type === DebugEvents.StaleConnection) {
        log.warn('nats does not answer pings');
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
  // A close does not wait for an attempt under way, which may take two seconds.
  const first = orAbort(dialled.then(begin), stopping.signal);
  // Whoever asks for the connection gets the rejection; without this it would also be an unhandled one.
  first.catch(() => undefined);

  return {
    isConnected: () => connected,
    connection: (signal) => (signal === undefined ? first : orAbort(first, signal)),
    async close() {
      stopping.abort(new Error('the link to nats was closed'));
      connected = false;
      await nats?.close();
    },
  };
}

/**
 * Dials until it succeeds or the signal aborts. Our own loop, because the client's waitOnFirstConnect cannot be ended
 * and dials without a pause.
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
        ...addressOf(url),
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

/**
 * What the client has to be told of a URL: it ignores user, password and token in it, and the protocol too. One URL is
 * enough for a cluster, whose other servers the client learns from the first.
 */
function addressOf(url: string): ConnectionOptions {
  const { protocol, host, hostname, username, password } = new URL(url);
  const [user, pass] = [decodeURIComponent(username), decodeURIComponent(password)];
  return {
    servers: host,
    ...(pass === '' ? (user === '' ? {} : { token: user }) : { user, pass }),
    ...(protocol === 'tls:' ? { tls: tlsTo(hostname) } : {}),
  };
}

/**
 * A server whose URL has an address in place of a name: the client gives Node no name to hold the certificate against,
 * and Node would take `localhost`.
 */
function tlsTo(hostname: string): NonNullable<ConnectionOptions['tls']> {
  const address = hostname.replace(/^\[|\]$/g, '');
  if (isIP(address) === 0) return {};
  const options = {
    handshakeFirst: false,
    checkServerIdentity: (_name: string, certificate: PeerCertificate) => checkServerIdentity(address, certificate),
  };
  return options;
}

/** The error of an attempt. Of a server without TLS the client says nothing but "tls". */
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
