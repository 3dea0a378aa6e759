/**
 * Whether anybody can be forgotten yet. A ref can be separated from its id only where nothing else says whose it is: no event, hold or
 * stored answer that an older release has written with an id, and no process that would write one more, or would not know what
 * `customer.erased` means.
 */
import type { Database } from '@inventory/db/pool.ts';
import { sql } from 'kysely';

/** How long an api may go on writing the older version after the newer one was allowed: it looks each two seconds. */
const SETTLED = sql`interval '10 seconds'`;
/** Types of events that name a customer. */
const WITH_REFS = 6;

interface Found {
  readonly knows: boolean;
  readonly versions: number;
  readonly fresh: boolean;
  readonly events: boolean;
  readonly reservations: boolean;
  readonly answers: boolean;
}

/**
 * What stands in the way of erasures, in words; undefined where nothing does. `writing`: a process may still write ids, so there is no
 * sense in converting what is there. Four short looks, each by an index that is empty where the answer is no.
 */
export async function writtenBefore(db: Database): Promise<{ readonly writing: string | undefined; readonly pending: string | undefined }> {
  const { rows: [row] } = await sql<Found>`
    SELECT EXISTS (SELECT FROM log_formats WHERE type = 'customer.erased') AS knows, versions::int, fresh,
      EXISTS (SELECT FROM events WHERE schema_version = 1 AND event_type LIKE 'reservation.%') AS events,
      EXISTS (SELECT FROM reservations WHERE customer_id IS NOT NULL) AS reservations,
      coalesce((SELECT min(created_at) FROM idempotency_keys) <= until, false) AS answers
    FROM (
      SELECT count(*) AS versions, coalesce(max(allowed_at) > clock_timestamp() - ${SETTLED}, false) AS fresh, max(allowed_at) + ${SETTLED} AS until
      FROM (
        -- A log that began with refs never had anything else.
        SELECT CASE WHEN allowed_by <> 'a new log' THEN allowed_at END AS allowed_at FROM log_formats
        WHERE type LIKE 'reservation.%' AND version = 2
      ) AS with_refs
    ) AS allowed`.execute(db);
  if (row === undefined) throw new Error('a statement about the log was answered without a row');
  const writing = stillWriting(row);
  return { writing, pending: writing ?? stillThere(row) };
}

function stillWriting({ knows, versions, fresh }: Found): string | undefined {
  if (!knows || versions < WITH_REFS) return 'a process runs that does not read customer.erased, or events with refs: npm run formats -- list says which';
  return fresh ? 'refs are written only since some seconds: try again in ten' : undefined;
}

function stillThere({ events, reservations, answers }: Found): string | undefined {
  if (events || reservations) return 'older events or holds name customers: npm run customers -- convert';
  return answers ? 'answers that an older release has stored name customers: they are kept for 24 hours' : undefined;
}
