/** One look at the log: how far it is settled, and what has come since the look before. The pure step of the tail. */
import { sql } from 'kysely';
import { readEvents, settledLog } from '@inventory/db/events.ts';
import type { LoggedEvent } from '@inventory/db/events.ts';
import { LogUntrusted, onKnownServer, UNKNOWN_SERVER } from '@inventory/db/known-server.ts';
import type { Database } from '@inventory/db/pool.ts';
import { preparedAs } from '@inventory/db/prepared.ts';
import type { Place } from './table.ts';

/** Events of one look, at most: a turn of the event loop each. */
const LOOK_EVENTS = 1000;

export interface Look extends Place {
  /** Behind the place that was looked from, in the order of the log; all up to `position`. Empty after a change of the log. */
  readonly events: readonly LoggedEvent[];
  /** True when more can be read at once. */
  readonly more: boolean;
  /** True when the log is another one than before: in another epoch, or gone back to before what was read. */
  readonly changed: boolean;
  /** The newest position in use: above `position` while a writer holds the log back. */
  readonly newest: number;
  /** When the look began: by the clock of Postgres in ms since 1970, and by performance.now(). */
  readonly begunMs: number;
  readonly begunAt: number;
}

/**
 * Looks at the log from a place. All statements go to one session, because another one may lead to another server.
 * @param from where the last look ended; undefined for the first look, which begins at the end of the log
 * @throws {LogUntrusted} on a server that nobody has accepted
 */
export function lookAt(db: Database, from: Place | undefined): Promise<Look> {
  return db.connection().execute(async (session) => {
    const begunAt = performance.now();
    const { epoch, begunMs } = await readStart(session);
    const { settled, newest } = await settledLog(session);
    const common = { epoch, newest, begunMs, begunAt };
    const changed = from !== undefined && (from.epoch !== epoch || newest < from.position);
    if (from === undefined || changed) return { ...common, position: settled, events: [], more: false, changed };
    const events = settled <= from.position ? []
      : await readEvents(session, { after: from.position, upTo: settled, limit: LOOK_EVENTS });
    const more = events.length === LOOK_EVENTS;
    const position = more ? events.at(-1)?.position ?? settled : Math.max(from.position, settled);
    return { ...common, position, events, more, changed };
  });
}

async function readStart(db: Database): Promise<{ readonly epoch: number; readonly begunMs: number }> {
  const { rows: [row] } = await sql<{ epoch: number; known: boolean; at: Date }>`
    ${preparedAs('tail-start')} SELECT epoch, ${onKnownServer} AS known, clock_timestamp() AS at FROM log_epoch`.execute(db);
  if (row?.known !== true) throw new LogUntrusted(UNKNOWN_SERVER);
  return { epoch: row.epoch, begunMs: row.at.getTime() };
}
