/**
 * LISTEN and NOTIFY, each on a direct connection of its own. A notification is only a hint: it may be lost, doubled or
 * late, and its users also poll. NOTIFY is not part of the business transaction, where it would serialise commits
 * (docs/traps.md, 9).
 */
import pg from 'pg';
import { endConnection } from './session/connection.ts';
import type { ConnectionOptions } from './session/connection.ts';
import { openClient } from './session/open.ts';

const RECONNECT_MS = 500;

interface ListenOptions extends ConnectionOptions {
  readonly channel: string;
  /** Called for each notification, and after each connect or reconnect, for what came while nobody listened. */
  readonly onHint: () => void;
  readonly onState: (listening: boolean, error?: Error) => void;
}

/** Listens until it is stopped, and reconnects by itself. `stop` is idempotent. */
export function startListening(options: ListenOptions): { stop: () => Promise<void> } {
  const stopping = new AbortController();
  const { signal } = stopping;
  let client: pg.Client | undefined;
  let timer: NodeJS.Timeout | undefined;
  let opening: Promise<void> = Promise.resolve();

  const failed = (error?: Error): void => {
    if (signal.aborted) return;
    options.onState(false, error);
    timer = setTimeout(connect, RECONNECT_MS);
  };
  const lost = (from: pg.Client, error?: Error): void => {
    if (client !== from) return;
    client = undefined;
    void endConnection(from);
    failed(error);
  };

  const listen = async (): Promise<void> => {
    const fresh = await openClient(options, { signal });
    client = fresh;
    fresh.on('error', (error) => { lost(fresh, error); });
    fresh.on('end', () => { lost(fresh); });
    fresh.on('notification', options.onHint);
    try {
      await fresh.query(`LISTEN ${pg.escapeIdentifier(options.channel)}`);
    } catch (error) {
      lost(fresh, error instanceof Error ? error : new Error(String(error)));
      return;
    }
    if (client !== fresh || signal.aborted) return;
    options.onState(true);
    options.onHint();
  };

  function connect(): void {
    opening = listen().catch((error: unknown) => { failed(error instanceof Error ? error : new Error(String(error))); });
  }

  connect();
  return {
    stop: async () => {
      stopping.abort();
      clearTimeout(timer);
      // A connection that is being made now would outlive the listener.
      if (client === undefined) await opening;
      if (client !== undefined) await endConnection(client);
    },
  };
}

export interface Notifier {
  /** Sends a notification. While one is being sent, any number of calls become one more. Never throws. */
  readonly notify: () => void;
  readonly stop: () => Promise<void>;
}

/** A notifier with a connection of its own, made when it is first needed, and again after it was lost. */
export function createNotifier(options: ConnectionOptions & { readonly channel: string }): Notifier {
  const statement = `NOTIFY ${pg.escapeIdentifier(options.channel)}`;
  const stopping = new AbortController();
  const { signal } = stopping;
  let client: pg.Client | undefined;
  let busy = false;
  let underWay: Promise<void> = Promise.resolve();
  let again = false;

  const send = async (): Promise<void> => {
    if (client === undefined) {
      const fresh = await openClient(options, { signal });
      const forget = (): void => { if (client === fresh) client = undefined; };
      fresh.on('error', forget);
      fresh.on('end', forget);
      client = fresh;
    }
    await client.query(statement);
  };

  const run = async (): Promise<void> => {
    busy = true;
    do {
      again = false;
      // A lost hint costs one poll interval, so a failure is answered only by a new connection next time.
      await send().catch(() => {
        if (client !== undefined) void endConnection(client);
        client = undefined;
      });
    } while (again && !signal.aborted);
    busy = false;
  };

  return {
    notify: () => {
      if (signal.aborted) return;
      if (busy) again = true;
      else underWay = run();
    },
    stop: async () => {
      stopping.abort();
      // A connection that is being made now would outlive the notifier.
      await underWay;
      if (client !== undefined) await endConnection(client);
    },
  };
}
