/**
 * The connection that holds the leader's lock, or waits for it: the SQL of the election. All that decides publishing is done
 * on the same session (fence.ts), so it ends with the lock.
 */
import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type pg from 'pg';
import { HOLDS_LOCK, RELAY_LEADER_LOCK } from '@inventory/db/locks.ts';
import { sessionDatabase } from '@inventory/db/pool.ts';
import type { Database } from '@inventory/db/pool.ts';
import { PLANNED_ONCE, preparedAs } from '@inventory/db/prepared.ts';
import { endConnection, LIMITS } from '@inventory/db/session/connection.ts';
import type { ConnectionOptions } from '@inventory/db/session/connection.ts';
import { openClient } from '@inventory/db/session/open.ts';
import { classify } from '@inventory/db/sqlstate.ts';
import type { Lead } from './fence.ts';
import { createSilenceWatch } from './silence.ts';
import type { Sighting } from './silence.ts';

const LOCK_WAIT_MS = 1000;
// The server answers every call within the second of lock_timeout. If it does not, the connection is dead, though nobody
// may have said so.
const ANSWER_MS = 4000;
// Once the lock is granted: a beat waits behind the statement before it.
const LEADING_STATEMENT_MS = 2000;
/** The sessions of relays and of their commands: no other one is ever ended. */
export const OF_A_RELAY = `a.application_name LIKE 'inventory-relay%'`;

export interface LockSession {
  /** Aborts when the connection has ended, on whichever side. Its reason says why. */
  readonly lost: AbortSignal;
  tryLock(): Promise<boolean>;
  /** Waits for up to a second. @returns true when the lock was granted */
  waitForLock(): Promise<boolean>;
  /** Ends the holder's backend if it was silent for too long. @returns which backend was ended, if one was */
  endSilentHolder(): Promise<{ readonly pid: number; readonly silent_ms: number } | undefined>;
  /** Once the lock is granted: raises the term, and gives the session its nonce. */
  takeOver(instance: string): Promise<{ readonly lead: Lead; readonly silentMs: number | undefined }>;
  /** The session itself, for what only a leader does. */
  readonly db: Database;
  /** 'late' when the row was locked: no beat, and no reason to give up. 'over' when the term is. Rejects without an answer. */
  beat(term: number): Promise<'beaten' | 'late' | 'over'>;
  /** Ends the connection and with it the lock. Idempotent; the first reason stays. */
  close(reason?: Error): void;
}

// The error is caught in Postgres, or its log would have a line for every second that a standby waits.
const WAIT = `DO $$ BEGIN
  PERFORM pg_advisory_lock(${RELAY_LEADER_LOCK});
  PERFORM set_config('inventory.leader_lock', 'granted', false);
EXCEPTION WHEN lock_not_available THEN
  PERFORM set_config('inventory.leader_lock', 'taken', false);
END $$`;

/**
 * Connects. statement_timeout is off, because only lock_timeout may end the wait for the lock. The client's own time-out
 * is longer than that wait and ends only calls to a server that has fallen silent.
 */
export async function openLockSession(connection: ConnectionOptions): Promise<LockSession> {
  const client = await openClient({ ...connection, limits: { ...LIMITS, statementMs: 0 }, settings: PLANNED_ONCE }, { queryTimeoutMs: ANSWER_MS });
  const lost = new AbortController();
  const lose = (reason: Error): void => { if (!lost.signal.aborted) lost.abort(reason); };
  client.on('error', lose);
  client.on('end', () => { lose(new Error("the leader lock's session ended")); });
  const close = (reason = new Error("the leader lock's session was closed")): void => {
    if (lost.signal.aborted) return;
    lose(reason);
    void endConnection(client);
  };

  const db = sessionDatabase(client);
  const watch = createSilenceWatch();
  let waitMs = LOCK_WAIT_MS;
  return {
    lost: lost.signal,
    close,
    db,
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
        `SELECT pg_terminate_backend(a.pid) FROM pg_locks l JOIN pg_stat_activity a USING (pid)
         WHERE ${HOLDS_LOCK} AND ${OF_A_RELAY} AND a.pid = $2`,
        [RELAY_LEADER_LOCK, sighting.pid],
      );
      return rowCount === 0 ? undefined : { pid: sighting.pid, silent_ms: Math.round(sighting.silentMs) };
    },
    async takeOver(instance) {
      const nonce = randomUUID();
      await client.query("SELECT set_config('inventory.lead', $1, false), set_config('statement_timeout', $2, false)",
        [nonce, String(LEADING_STATEMENT_MS)]);
      const { rows } = await client.query<{ term: number; silent_ms: number | null }>(
        `UPDATE relay_leader l SET term = l.term + 1, backend_pid = pg_backend_pid(), instance = $1,
           took_over_at = clock_timestamp(), beat_at = clock_timestamp()
         FROM (SELECT beat_at FROM relay_leader FOR UPDATE) before
         RETURNING l.term, extract(epoch FROM clock_timestamp() - before.beat_at)::float8 * 1000 AS silent_ms`,
        [instance],
      );
      const [row] = rows;
      if (row === undefined) throw new Error('the table relay_leader has lost its row');
      return { lead: { term: row.term, nonce }, silentMs: row.silent_ms ?? undefined };
    },
    async beat(term) {
      // It may wait behind a statement that is not answered either.
      const late = setTimeout(() => { close(new Error('the beat was not answered')); }, ANSWER_MS);
      try {
        const { numAffectedRows } = await sql`
          ${preparedAs('relay-beat')} UPDATE relay_leader SET beat_at = clock_timestamp() WHERE term = ${term}`.execute(db);
        return numAffectedRows === 0n ? 'over' : 'beaten';
      } catch (error) {
        if (classify(error) === 'locked') return 'late';
        throw error;
      } finally {
        clearTimeout(late);
      }
    },
  };
}

/** The backend that holds the lock now, and its last sign of life. */
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
