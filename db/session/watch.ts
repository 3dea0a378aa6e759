/** What a process says of its sessions: in its readiness, once in its log, and in a metric. */
import type { SessionObserver } from './connection.ts';
import { UNKNOWN_SERVER } from '../known-server.ts';
import type { RefusalReason } from './refused.ts';

export interface WatchDeps {
  readonly log: { warn(message: string, fields: { readonly detail: string }): void };
  readonly metrics: {
    readonly sessionsRefused: { inc(labels: { readonly reason: RefusalReason }): void };
    readonly serverKnown: { set(value: number): void };
  };
  readonly readiness: { set(check: string, state: { readonly ok: boolean; readonly required: boolean; readonly detail: string }): void };
}

const TRY_AGAIN_MS = 1000;

/**
 * A refusal is as true for the next connection, so it stands until a session has been opened. While the process is not ready
 * nobody may ask for one, so `open` is tried each second until then; it is given the observer that is returned.
 */
export function watchSessions(
  { log, metrics, readiness }: WatchDeps, open: (observe: SessionObserver) => Promise<unknown>,
): { readonly observe: SessionObserver; readonly stop: () => Promise<void> } {
  let told = '';
  let timer: NodeJS.Timeout | undefined;
  let trying: Promise<void> | undefined;
  let stopped = false;
  const tryLater = (): void => {
    if (stopped || trying !== undefined || timer !== undefined) return;
    timer = setTimeout(() => {
      timer = undefined;
      trying = open(observe).then(() => undefined, () => undefined).finally(() => {
        trying = undefined;
        if (told !== '') tryLater();
      });
    }, TRY_AGAIN_MS);
  };
  const observe: SessionObserver = {
    opened(known) {
      readiness.set('session', { ok: true, required: true, detail: 'set as it is needed' });
      const detail = known ? 'the one that the log is known to be on' : UNKNOWN_SERVER;
      // Changes are accepted on any server, so an api stays ready. Relay and projector stop by themselves.
      readiness.set('server', { ok: known, required: false, detail });
      metrics.serverKnown.set(known ? 1 : 0);
      if (!known && told !== detail) log.warn('the log is on another server', { detail });
      told = known ? '' : detail;
      if (!known) tryLater();
    },
    refused({ reason, message }) {
      metrics.sessionsRefused.inc({ reason });
      readiness.set('session', { ok: false, required: true, detail: message });
      if (message !== told) log.warn('a connection to postgres was refused', { detail: message });
      told = message;
      tryLater();
    },
  };
  return {
    observe,
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await trying;
    },
  };
}
