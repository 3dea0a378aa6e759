/** What is told of a connection to Redis: each change once, with its reason, however many attempts there are. */
import type { Logger } from '../log.ts';
import type { LinkState } from '../nats/link.ts';

/** After a new connection, the commands of so long a time tell whether a right is still missing. */
const GRACE_MS = 1_000;

interface States {
  /** The connection is there, and its server is fit. */
  fit(): void;
  /** Its server is not fit, and the connection is about to be closed. */
  refuse(reason: string): void;
  /** True while the server that was found last is not fit. */
  refused(): boolean;
  /** A command was answered with the lack of a right. */
  denied(error: Error): void;
  /** Why the connection will be closed, or an attempt has failed. */
  failed(error: unknown): void;
  /** The connection is closed, or an attempt has failed. */
  closed(): void;
}

export function createStates(
  { url, log, onState }: { readonly url: string; readonly log: Logger; onState?(state: LinkState, detail: string): void },
): States {
  let state: LinkState | undefined;
  let lastError: unknown;
  let refusal: string | undefined;
  let denial: string | undefined;
  /** The last reason that was told. */
  let told: string | undefined;

  const connected = (): void => {
    if (state === 'connected') return;
    state = 'connected';
    told = undefined;
    log.info('connected to redis');
    onState?.(state, 'connected');
  };
  const disconnected = (error: unknown, hint?: string): void => {
    const reason = error instanceof Error ? error.message : String(error);
    state = 'disconnected';
    told = reason;
    log.warn('not connected to redis', { error, hint });
    onState?.(state, hint === undefined ? reason : `${reason}; ${hint}`);
  };

  return {
    fit() {
      refusal = undefined;
      if (denial === undefined) {
        connected();
        return;
      }
      denial = undefined;
      setTimeout(() => { if (denial === undefined && refusal === undefined && lastError === undefined) connected(); }, GRACE_MS).unref();
    },
    refuse(reason) {
      refusal = reason;
      lastError = new Error(reason);
    },
    refused: () => refusal !== undefined,
    denied(error) {
      denial = error.message;
      if (told !== denial) disconnected(error);
    },
    failed(error) { lastError = error; },
    closed() {
      const error = lastError ?? new Error('the connection was lost');
      lastError = undefined;
      // An outage is told once; that another server answers, and is not fit, is news.
      if (state === 'disconnected' && (refusal === undefined || refusal === told)) return;
      disconnected(error, state === undefined ? tlsHint(url, error) : undefined);
    },
  };
}

/** A hint for a first attempt that looks as if only one of the two sides spoke TLS, because neither side says so. */
function tlsHint(url: string, error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (url.startsWith('redis:') && (code === 'ECONNRESET' || code === 'EPIPE')) return 'does it want TLS, rediss://?';
  if (url.startsWith('rediss:') && code === 'ETIMEDOUT') return 'does it speak TLS at all?';
  return undefined;
}
