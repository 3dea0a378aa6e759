/** The log as one hash: equal before and after means that nothing in it was changed, removed or slipped in (I16). */
import { createHash } from 'node:crypto';
import { settledPosition } from '@inventory/db/events.ts';
import type { Database } from '@inventory/db/pool.ts';
import { inSnapshot } from '@inventory/db/testing/snapshot.ts';

const PAGE = 5_000;

interface LogDigest {
  /** The digest speaks for every event up to this position. */
  readonly upTo: number;
  readonly events: number;
  /** SHA-256, in hex, over position, id, type and payload in log order. */
  readonly digest: string;
}

/** The digest of the log up to a position, by default all that is settled. To compare, take it with the same `upTo`. */
export async function logDigest(db: Database, upTo?: number): Promise<LogDigest> {
  const end = upTo ?? await settledPosition(db);
  return inSnapshot(db, async (snapshot) => {
    const hash = createHash('sha256');
    let events = 0;
    for (let cursor = 0, full = true; full;) {
      const page = await snapshot.query<{ position: number; line: string }>(`
        SELECT position, concat_ws(' ', position, id, event_type, payload) AS line FROM events
        WHERE position > $1 AND position <= $2 ORDER BY position LIMIT ${PAGE}`, [cursor, end]);
      for (const { line } of page) hash.update(line).update('\n');
      events += page.length;
      full = page.length === PAGE;
      cursor = page.at(-1)?.position ?? cursor;
    }
    return { upTo: end, events, digest: hash.digest('hex') };
  });
}
