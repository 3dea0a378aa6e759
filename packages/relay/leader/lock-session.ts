/** The connection that holds, or waits for, the leader's lock: what leader.ts does in SQL. */
import pg from 'pg';
import { HOLDS_LOCK, RELAY_LEADER_LOCK } from '@inventory/db/locks.ts';
import { clientConfig, endConnection } from '@inventory/db/pool.ts';
import type { ConnectionOptions } from '@inventory/db/pool.ts';
import { classify } from '@inventory/db/sqlstate.ts';
import { createSilenceWatch } from './silence.ts';
import type { Sighting } from './silence.ts';

const LOCK_WAIT_MS = 1000;
// The server answers every call within the second of lock_timeout; one that says nothing for so long is gone, though
// the connection may not know it.
const ANSWER_MS = 4000;

export interface LeaderSession {
  /** Aborts when the connection is gone, whoever ended it; its reason says why. */
  readonly lost: AbortSignal;
  tryLock(): Promise<boolean>;
  /** Waits up to a second. @returns whether the lock was granted */
  waitForLock(): Promise<boolean>;
  /** Ends the holder's backend if it was silent for too long. @returns whose, if so */
  endSilentHolder(): Promise<{ readonly pid: number; readonly silent_ms: number } | undefined>;
  takeOver(instance: string): Promise<{ readonly term: number; readonly silentMs: number | undefined }>;
  /** 'late' when the row was locked: neither a beat nor a reason to give up. Rejects when there is no answer. */
  beat(term: number): Promise<'beaten' | 'late' | 'over'>;
  /** Ends the connection and with it the lock. Idempotent; the first reason stays. */
  close(reason?: Error): void;
}

// Caught where it arises: Postgres would write an error into its log for every second that a standby waits.
const WAIT = `DO $$ BEGIN
  PERFORM pg_advisory_lock(${RELAY_LEADER_LOCK});
  PERFORM set_config('inventory.leader_lock', 'granted', false);
EXCEPTION WHEN lock_not_available THEN
  PERFORM set_config('inventory.leader_lock', 'taken', false);
END $$`;

/**
 * Connects. The statement timeout is off, because only lock_timeout may end the wait for the lock; the client's own
 * timeout is longer than that wait and speaks only when the server has fallen silent.
 */
export async function openSession(connection: ConnectionOptions): Promise<LeaderSession> {
  const { statement_timeout: _, ...config } = clientConfig(connection);
  const client = new pg.Client({ ...config, query_timeout: ANSWER_MS });
  const lost = new AbortController();
  const lose = (reason: Error): void => { if (!lost.signal.aborted) lost.abort(reason); };
  client.on('error', lose);
  client.on('end', () => { lose(new Error("the leader lock's session ended")); });
  await client.connect();
  const close = (reason = new Error("the leader lock's session was closed")): void => {
    if (lost.signal.aborted) return;
    lose(reason);
    void endConnection(client);
  };
  try {
    await client.query('SET statement_timeout = 0');
  } catch (error) {
    close();
    throw error;
  }

  const watch = createSilenceWatch();
  let waitMs = LOCK_WAIT_MS;
  return {
    lost: lost.signal,
    close,
    async tryLock() {
      const { rows } = await client.query<{ locked: boolean }>('SELECT pg_try_advisory_lock($1) AS locked', [
        RELAY_LEADER_LOCK,
      ]);
      return rows[0]?.locked === true;
    },
    async waitForLock() {
      await client.query("SELECT set_config('lock_timeout', $1, false)", [String(waitMs)]);
      await client.query(WAIT);
      const { rows } = await client.query<{ granted: boolean }>(
        "SELECT current_setting('inventory.leader_lock') = 'granted' AS granted");
      if (rows[0]?.granted !== true) return false;
      await client.query("SELECT set_config('lock_timeout', $1, false)", [String(LOCK_WAIT_MS)]);
      return true;
    },
    async endSilentHolder() {
      const sighting = await sightHolder(client);
      const { silent, nextLookMs } = watch.look(sighting);
      waitMs = Math.min(LOCK_WAIT_MS, nextLookMs);
      if (!silent || sighting === undefined) return undefined;
      const { rowCount } = await client.query(
        `SELECT pg_terminate_backend(l.pid) FROM pg_locks l WHERE ${HOLDS_LOCK} AND l.pid = $2`,
        [RELAY_LEADER_LOCK, sighting.pid],
      );
      return rowCount === 0 ? undefined : { pid: sighting.pid, silent_ms: Math.round(sighting.silentMs) };
    },
    async takeOver(instance) {
      const { rows } = await client.query<{ term: number; silent_ms: number | null }>(
        `UPDATE relay_leader l SET term = l.term + 1, pid = pg_backend_pid(), instance = $1,
           took_over_at = clock_timestamp(), beat_at = clock_timestamp()
         FROM (SELECT beat_at FROM relay_leader FOR UPDATE) before
         RETURNING l.term, extract(epoch FROM clock_timestamp() - before.beat_at)::float8 * 1000 AS silent_ms`,
        [instance],
      );
      const [row] = rows;
      if (row === undefined) throw new Error('the table relay_leader has lost its row');
      return { term: row.term, silentMs: row.silent_ms ?? undefined };
    },
    async beat(term) {
      try {
        const { rowCount } = await client.query('UPDATE relay_leader SET beat_at = clock_timestamp() WHERE term = $1', [
          term,
        ]);
        return rowCount === 0 ? 'over' : 'beaten';
      } catch (error) {
        if (classify(error) === 'locked') return 'late';
        throw error;
      }
    },
  };
}

/** The backend that holds the lock now, and since when it has given no sign of life. */
async function sightHolder(client: pg.Client): Promise<Sighting | undefined> {
  const { rows } = await client.query<{ pid: number; sign: string; silent_ms: number }>(
    `WITH holder AS (SELECT l.pid FROM pg_locks l WHERE ${HOLDS_LOCK}),
     sighting AS (
       SELECT a.pid, greatest(r.beat_at, a.state_change, a.query_start, a.backend_start) AS sign
       FROM holder JOIN pg_stat_activity a USING (pid) CROSS JOIN relay_leader r)
     SELECT pid, sign::text, extract(epoch FROM clock_timestamp() - sign)::float8 * 1000 AS silent_ms FROM sighting`,
    [RELAY_LEADER_LOCK]);
  const [row] = rows;
  return row === undefined ? undefined : { pid: row.pid, sign: row.sign, silentMs: row.silent_ms };
}
