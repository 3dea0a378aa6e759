/**
 * How long a session that is not ours may stay idle in a transaction. One that has written to `events` and then waits for a
 * person, or for a network that is gone, holds back whoever reads the log in order: nothing behind it is published. Our own
 * sessions have a limit of five seconds; the database's default ends all others after a minute.
 *
 * `npm run migrate` sets that default each time, because it belongs to the database and not to its content: a copy of the
 * database, or one that was restored from a dump, has all migrations and lacks the default.
 */
import pg from 'pg';

const LIMIT = '1min';
const LIMIT_MS = 60_000;
const NO_RIGHT = '42501';

interface Found {
  /** What the owner of the database would type. */
  readonly statement: string;
  /** Somebody has set the database's default already. */
  readonly chosen: boolean;
  /** What a session gets that asks for nothing; 0 for no limit. */
  readonly limit_ms: number;
}

/**
 * Sets the database's default, unless an operator has chosen another one, or a shorter limit is in force anyway. Sessions that
 * are open keep the limit that they have. Where the role has no right to set it, `log` is told what the owner has to type.
 * @throws what Postgres and the way to it throw
 */
export async function limitForeignSessions(client: pg.Client, log: (line: string) => void): Promise<void> {
  // reset_val is what the session would have if it had set nothing itself.
  const { rows: [found] } = await client.query<Found>(`
    SELECT format('ALTER DATABASE %I SET idle_in_transaction_session_timeout = %L', current_database(), $1::text) AS statement,
      EXISTS (SELECT FROM pg_db_role_setting, unnest(setconfig) AS setting
        WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database()) AND setrole = 0
          AND setting LIKE 'idle_in_transaction_session_timeout=%') AS chosen,
      (SELECT reset_val::int FROM pg_settings WHERE name = 'idle_in_transaction_session_timeout') AS limit_ms`, [LIMIT]);
  if (found === undefined) throw new Error('a statement about settings was answered without a row');
  if (found.chosen || (found.limit_ms > 0 && found.limit_ms <= LIMIT_MS)) return;
  try {
    await client.query(found.statement);
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || error.code !== NO_RIGHT) throw error;
    log('A session of another program may keep a transaction open for as long as it likes, and publishing waits for it. This '
      + `role has no right to limit that. As the owner of the database, type: ${found.statement}`);
  }
}
