/** Leads for as long as a piece of work takes. The relay that leads has its session ended, and stands by. */
import type pg from 'pg';
import { HOLDS_LOCK, RELAY_LEADER_LOCK } from '@inventory/db/locks.ts';
import { endConnection } from '@inventory/db/session/connection.ts';
import type { ConnectionOptions } from '@inventory/db/session/connection.ts';
import { openClient } from '@inventory/db/session/open.ts';
import type { Logger } from '@inventory/runtime/log.ts';
import { sleep } from '@inventory/runtime/sleep.ts';
import { startElection } from '../leader/election.ts';
import { OF_A_RELAY } from '../leader/lock-session.ts';
import type { Leadership } from '../leader/election.ts';

const APPLICATION = 'inventory-relay-reconcile';
const ASK_EVERY_MS = 500;
const PATIENCE_MS = 30_000;

/**
 * Takes the lead, does the work, and gives the lead up. It is as safe as any take-over: the chain refuses what the former
 * leader still sends, and its session has ended.
 * @throws what the work throws, or an Error when the lead was not granted within half a minute
 */
export async function whileLeading<T>(
  { instance, log, ...way }: Omit<ConnectionOptions, 'applicationName'> & { readonly instance: string; readonly log: Logger },
  work: (leadership: Leadership) => Promise<T>,
): Promise<T> {
  const connection = { ...way, applicationName: APPLICATION };
  const result = Promise.withResolvers<T>();
  const leads = new AbortController();
  let reason: unknown;
  const loop = startElection({
    connection, instance, log,
    onRole: () => undefined,
    onError: (error) => { reason = error; },
    async lead(leadership) {
      leads.abort();
      await work(leadership).then(result.resolve, result.reject);
    },
  });
  result.promise.catch(() => undefined);
  try {
    const client = await openClient(connection);
    try {
      const deadline = performance.now() + PATIENCE_MS;
      while (!leads.signal.aborted && performance.now() < deadline) {
        await endHolder(client);
        await sleep(ASK_EVERY_MS, leads.signal);
      }
    } finally {
      await endConnection(client);
    }
    if (!leads.signal.aborted) throw new Error('the lead was not granted within half a minute', { cause: reason });
    return await result.promise;
  } finally {
    await loop.stop();
  }
}

/** Ends the session of a relay that holds the lock, unless it is one of this command. */
async function endHolder(client: pg.Client): Promise<void> {
  await client.query(
    `SELECT pg_terminate_backend(a.pid) FROM pg_locks l JOIN pg_stat_activity a USING (pid)
     WHERE ${HOLDS_LOCK} AND ${OF_A_RELAY} AND a.application_name <> $2`,
    [RELAY_LEADER_LOCK, APPLICATION]);
}
