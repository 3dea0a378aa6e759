/**
 * What every connection of ours does first, whoever opens it: two statements, after which it is the session that the code
 * needs, on the server that the log is on, or it is refused.
 *
 *   1  set everything that the code needs; ask who answers: standby or primary, which server, encoding, schema
 *   2  read all of it back: a pooler that gives each statement another session shows another process, or lost settings
 *
 * What the server is stays true for as long as the session lives: a standby's sessions are refused here, because they would
 * survive its promotion, and a primary becomes a standby only by a restart. So the session carries its server in the setting
 * `inventory.server`, and a statement can compare that with what the log says (known-server.ts).
 */
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type { ConnectionOptions, Identity, SessionLimits } from './connection.ts';
import { LIMITS } from './connection.ts';
import { insistOnOneSession, isPooled } from './pooler.ts';
import { SessionRefused } from './refused.ts';
import { settingsOf } from './settings.ts';

export interface SessionOptions extends ConnectionOptions {
  readonly limits?: SessionLimits;
  /** Settings beyond those of every session. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** How long each of the two statements may take: whoever waits for a connection waits for this too. */
const ANSWER_MS = 2000;
/** The search path that a server has by itself. */
const BUILT_IN_PATH = '"$user", public';
const NO_SUCH_TABLE = '42P01';
const NO_RIGHT = '42501';
const NO_SUCH_VALUE = '22023';

// A value that is in force already is not set: a role may lack the right to set what it need not.
const SET = `CASE WHEN current_setting(name, true) = value THEN value
    WHEN name = 'synchronous_commit' AND current_setting(name) = 'remote_apply' THEN 'remote_apply'
    ELSE set_config(name, value, false) END`;
// The identifier of the cluster, and the timeline, which rises with each promotion.
const SERVER = `(SELECT system_identifier::text FROM pg_control_system()) || '.'
    || ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int`;

const opening = (identity: Identity): string => `
  WITH before AS MATERIALIZED (
    SELECT current_schema() AS schema, current_setting('search_path') AS path,
      coalesce(current_setting('inventory.session', true), '') AS used_by
  )
  SELECT before.*, pg_backend_pid() AS pid, pg_is_in_recovery() AS standby, current_setting('server_encoding') AS encoding,
    current_setting('transaction_read_only') = 'on' AS read_only,
    (SELECT jsonb_object_agg(name, ${SET}) FROM unnest($1::text[], $2::text[]) AS wanted (name, value)
     WHERE current_setting(name, true) IS NOT NULL OR name LIKE '%.%') AS settings,
    CASE WHEN NOT pg_is_in_recovery() THEN
      set_config('inventory.server', ${identity === 'on' ? SERVER : "'off'"}, false) END AS server
  FROM before`;

interface Opened {
  readonly schema: string | null;
  readonly path: string;
  readonly used_by: string;
  readonly pid: number;
  readonly standby: boolean;
  readonly encoding: string;
  readonly read_only: boolean;
  readonly settings: Readonly<Record<string, string>>;
  readonly server: string | null;
}

const readBack = (log: string): string => `
  SELECT pg_backend_pid() AS pid, current_setting('inventory.server', true) AS server, ${log} AS log,
    (SELECT jsonb_object_agg(name, current_setting(name, true)) FROM unnest($1::text[]) AS wanted (name)) AS settings`;

interface ReadBack {
  readonly pid: number;
  readonly server: string | null;
  /** The row of log_epoch; null before there is a schema, or one that knows of servers. */
  readonly log: { readonly server?: string | null } | null;
  readonly settings: Readonly<Record<string, string | null>>;
}

/**
 * Makes a connection the session that the code needs. The caller ends it when this rejects.
 * @throws {SessionRefused}, or what Postgres and the way to it throw
 */
export async function openSession(client: pg.Client, options: SessionOptions): Promise<void> {
  try {
    const known = await open(client, options);
    options.observe?.opened(known);
  } catch (error) {
    if (error instanceof SessionRefused) options.observe?.refused(error);
    throw error;
  }
}

/** @returns whether the log is on the server that was accepted */
async function open(client: pg.Client, options: SessionOptions): Promise<boolean> {
  const { applicationName, identity = 'on', limits = LIMITS, settings } = options;
  const wanted = { ...settingsOf({ applicationName, limits, settings }), 'inventory.session': randomUUID() };
  const opened = await answer<Opened>(client, opening(identity), [Object.keys(wanted), Object.values(wanted)])
    .catch((error: unknown) => { throw refusalOf(error); });
  refuseUnsuitable(opened);
  const seen = await lookAgain(client, Object.keys(opened.settings));
  if (isPooled(client, opened)) await insistOnOneSession(options, async () => {
    const { pid } = await lookAgain(client, []);
    return pid === opened.pid;
  });
  const lost = Object.entries(opened.settings).find(([name, value]) => seen.settings[name] !== value);
  if (seen.pid !== opened.pid || seen.server !== opened.server || lost !== undefined) {
    throw new SessionRefused('pooler', lost === undefined || seen.pid !== opened.pid
      ? 'a pooler gives each statement another session: use session pooling, or connect to PostgreSQL itself'
      : `the setting ${lost[0]} does not stay as it was set: use session pooling, or connect to PostgreSQL itself`);
  }
  const noted = seen.log?.server;
  if (identity === 'off' || noted === undefined || noted === seen.server) return true;
  // Before anything is written in this session.
  await client.query('SELECT public.log_note_server()');
  return noted === null;
}

async function lookAgain(client: pg.Client, names: readonly string[]): Promise<ReadBack> {
  try {
    return await answer<ReadBack>(client, readBack('(SELECT to_jsonb(e) FROM public.log_epoch e)'), [names]);
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || error.code !== NO_SUCH_TABLE) throw error;
    return answer<ReadBack>(client, readBack('NULL'), [names]);
  }
}

async function answer<R extends object>(client: pg.Client, text: string, values: readonly unknown[]): Promise<R> {
  const statement = { text, values: [...values], query_timeout: ANSWER_MS };
  const { rows: [row] } = await client.query<R>(statement);
  if (row === undefined) throw new Error('a statement about the session was answered without a row');
  return row;
}

/** @throws {SessionRefused} */
function refuseUnsuitable({ standby, read_only: readOnly, encoding, schema, path, used_by: usedBy }: Opened): void {
  if (standby) {
    throw new SessionRefused('standby', 'the PostgreSQL that answers is a standby: its address must always lead to the primary');
  }
  if (readOnly) {
    throw new SessionRefused('read_only',
      'the PostgreSQL that answers takes no writes (default_transaction_read_only is on): it is being demoted, or was closed by somebody');
  }
  if (encoding !== 'UTF8') {
    throw new SessionRefused('encoding', `the database is encoded in ${encoding} (server_encoding): it must be UTF8, by CREATE DATABASE … ENCODING 'UTF8'`);
  }
  if (schema !== 'public' && path !== BUILT_IN_PATH) {
    throw new SessionRefused('schema',
      `the search_path of this role or database is ${path}: the tables are in the schema public, and only there; give them a database of their own`);
  }
  if (usedBy !== '') {
    throw new SessionRefused('pooler',
      'a pooler hands on a session that another connection has used: use session pooling with server_reset_query = DISCARD ALL');
  }
}

/** What a refused first statement means; the error itself where it means something else. */
function refusalOf(error: unknown): unknown {
  if (!(error instanceof pg.DatabaseError)) return error;
  switch (error.code) {
    case NO_RIGHT:
      // By its name: the rest of the message is in the server's language (lc_messages).
      return /\bpg_\w+/.test(error.message) ? withoutIdentity(error) : withoutSetting(error);
    case NO_SUCH_VALUE:
      return withoutSetting(error);
    case '55000':
    case '0A000':
    case '42883':
      return withoutIdentity(error);
    default:
      return error;
  }
}

function withoutSetting(cause: Error): SessionRefused {
  return new SessionRefused('setting', `a setting that is needed is not to be had: ${cause.message}`, { cause });
}

function withoutIdentity(cause: Error): SessionRefused {
  return new SessionRefused('identity',
    `PostgreSQL does not say which server it is (${cause.message}): where that cannot be changed, set POSTGRES_IDENTITY=off`, { cause });
}
