/** What a command of the relay connects to. A person waits for it, so its queries may take longer than a process's. */
import type { NatsConnection } from 'nats';
import pg from 'pg';
import { clientConfig, createDatabase } from '@inventory/db/pool.ts';
import type { Database } from '@inventory/db/pool.ts';
import type { Logger } from '@inventory/runtime/log.ts';
import { connectNats } from '@inventory/runtime/nats.ts';

const QUERY_TIMEOUT_MS = 600_000;
const NATS_TIMEOUT_MS = 3000;

/** Postgres for a command. The caller destroys it. */
export function openDatabase(url: string): Database {
  const pool = new pg.Pool({
    ...clientConfig({ url, applicationName: 'inventory-relay-command' }),
    max: 4,
    query_timeout: QUERY_TIMEOUT_MS,
    statement_timeout: QUERY_TIMEOUT_MS,
  });
  pool.on('error', () => undefined);
  pool.on('connect', (client) => { client.on('error', () => undefined); });
  return createDatabase(pool);
}

/** NATS is not to be had. Its message says why. */
export class NatsUnreachable extends Error {
  override readonly name = 'NatsUnreachable';
}

// The link speaks to processes that live for months; a command says by itself what went wrong.
export const quiet: Logger = {
  error: () => undefined, warn: () => undefined, info: () => undefined, debug: () => undefined, child: () => quiet,
};

/** Does the work with NATS, reached within seconds or not at all, then kept up. @throws {NatsUnreachable} */
export async function withNats<T>(
  { url, name }: { readonly url: string; readonly name: string },
  work: (nats: NatsConnection) => Promise<T>,
): Promise<T> {
  let reason = 'no answer';
  const link = connectNats({ url, name, log: quiet, onState: (_state, detail) => { reason = detail; } });
  try {
    const nats = await link.connection(AbortSignal.timeout(NATS_TIMEOUT_MS)).catch((error: unknown) => {
      throw new NatsUnreachable(`NATS does not answer: ${reason}`, { cause: error });
    });
    return await work(nats);
  } finally {
    await link.close();
  }
}
