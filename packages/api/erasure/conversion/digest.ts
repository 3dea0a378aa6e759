/** The log as one hash, without what names customers: equal before and after a conversion, however often it was interrupted. */
import { createHash } from 'node:crypto';
import type { Database } from '@inventory/db/pool.ts';
import { sql } from 'kysely';

const PAGE = 20_000;

/** SHA-256 over all events up to a position, in hex. @param onPage told of the position up to which it has come */
export async function digestWithoutNames(db: Database, upTo: number, onPage: (position: number) => void = () => undefined): Promise<string> {
  const hash = createHash('sha256');
  for (let cursor = 0, full = true; full;) {
    const { rows } = await sql<{ position: number; line: string }>`
      SELECT position, encode(sha256(convert_to(concat_ws(' ', position, id, event_type, store_id, aggregate_id, stream_id, stream_version,
        extract(epoch FROM timestamp), payload - '{customer_id,customer_ref,created_by}'::text[],
        metadata - '{actor,request_id,idempotency_key}'::text[], metadata #> '{actor,role}'), 'UTF8')), 'hex') AS line
      FROM events WHERE position > ${cursor} AND position <= ${upTo} ORDER BY position LIMIT ${PAGE}`.execute(db);
    for (const { line } of rows) hash.update(line);
    full = rows.length === PAGE;
    cursor = rows.at(-1)?.position ?? cursor;
    onPage(cursor);
  }
  return hash.digest('hex');
}
