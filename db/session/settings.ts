/**
 * What a session needs to be set to, whoever opens it. A role, a database, the server, PGOPTIONS, the URL or a pooler may
 * have set something else, and each of these once made good events unreadable, or let a customer hold too much.
 */
import type { SessionLimits } from './connection.ts';

/** The same for every session of ours. */
const ALWAYS = {
  // How values are written: pg reads one form of each, and nothing tells it of another one.
  DateStyle: 'ISO, MDY',
  IntervalStyle: 'postgres',
  TimeZone: 'UTC',
  bytea_output: 'hex',
  extra_float_digits: '1',
  client_encoding: 'UTF8',
  // How texts are read: literals in our SQL, and arrays with nulls as pg sends them.
  standard_conforming_strings: 'on',
  array_nulls: 'on',
  search_path: 'public',
  // BEGIN names the level too; single statements have only this.
  default_transaction_isolation: 'read committed',
  default_transaction_deferrable: 'off',
  // An acknowledgement is on disk, here and on every standby that the server waits for (synchronous_standby_names).
  synchronous_commit: 'on',
  // With `replica` no trigger announces a writer, and readers go past what is still in flight.
  session_replication_role: 'origin',
  // With `on` each unique key that is taken ends the session.
  exit_on_error: 'off',
  // A session that listens is idle for hours; a replay or a rebuild has long transactions. From servers 14 and 17 on.
  idle_session_timeout: '0',
  transaction_timeout: '0',
} as const;

/** The names and values that a session asks for. */
export function settingsOf({ applicationName, limits, settings = {} }: {
  readonly applicationName: string;
  readonly limits: SessionLimits;
  /** More of them, for this session alone. */
  readonly settings?: Readonly<Record<string, string>> | undefined;
}): Readonly<Record<string, string>> {
  return {
    ...ALWAYS,
    application_name: applicationName,
    statement_timeout: String(limits.statementMs),
    lock_timeout: String(limits.lockMs),
    idle_in_transaction_session_timeout: String(limits.idleInTransactionMs),
    ...settings,
  };
}
