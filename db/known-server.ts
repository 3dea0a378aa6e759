/**
 * Is this the PostgreSQL that the log is known to be on? A number that is derived from the log is worth what the log is, and a
 * promoted standby, a restored copy or an upgraded server may lack events that were acknowledged, published and shown.
 *
 * Each session knows its server from its beginning (session.ts), and log_epoch names the one that was accepted. On any other
 * one nothing is sealed, fed, published, replayed or repaired. Changes are accepted: a shop must sell. The first session there
 * has noted in log_forks which event was the newest. A person, or the hook of a failover tool, accepts the server by
 * `relay reconcile --promoted` or `--restored`, and that begins a new epoch.
 */
import { sql } from 'kysely';

/** Said wherever something stops for this reason. */
export const UNKNOWN_SERVER = 'the log is on a PostgreSQL that nobody has accepted: after the promotion of a standby run '
  + 'relay reconcile --promoted, after a restore relay reconcile --restored';

/** Nothing may be derived from the log as it is. The message is a sentence for a person. */
export class LogUntrusted extends Error {
  override readonly name = 'LogUntrusted';
}

/** A condition: the session is on the accepted server, or identity is off. Sessions that are not ours are not asked. */
export const onKnownServer = sql<boolean>`(SELECT e.server IS NULL
  OR coalesce(nullif(current_setting('inventory.server', true), ''), 'off') IN (e.server, 'off') FROM log_epoch e)`;

/** Of `log_epoch`: the name of the epoch, which no other log has: the first digits of the log's id, and the epoch's number. */
export const epochName = sql<string>`left(log_epoch.log_id::text, 8) || '.' || log_epoch.epoch`;

/** The server of the session, as log_epoch names it; NULL where nobody asks. */
export const serverHere = sql<string | null>`nullif(nullif(current_setting('inventory.server', true), ''), 'off')`;
