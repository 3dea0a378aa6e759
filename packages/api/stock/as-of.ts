/**
 * A stock row as it was. As of a position of the log: the state after the last event up to it. As of a time: the state
 * after the last event, in the order of versions, before the first later timestamp, because clocks may step and events
 * are not ordered by time. Nothing beyond the settled position counts, so the same question always has the same answer.
 */
import { settledPosition } from '@inventory/db/events.ts';
import type { Database } from '@inventory/db/pool.ts';
import type { History } from '@inventory/domain/events-stored.ts';
import type { StockRowEvent } from '@inventory/domain/events.ts';
import { instant } from '@inventory/domain/values.ts';
import { sql } from 'kysely';
import { z } from 'zod';
import { stockEventOf } from './movement.ts';
import type { MovementRow } from './movement.ts';

/** A position, in digits, or a time. */
type Moment = { readonly position: number } | { readonly time: string };

export const moment = z.string().max(40).transform((text, context): Moment => {
  if (/^\d{1,15}$/.test(text)) return { position: Number(text) };
  if (instant.safeParse(text).success) return { time: text };
  context.addIssue({
    code: 'custom', message: 'must be the position of an event, or an RFC 3339 date-time whose + is written %2B',
  });
  return z.NEVER;
}).meta({ example: '2026-11-24T10:28:00Z' });

export interface PastState {
  readonly payload: StockRowEvent['payload'];
  /** The event that left the row in this state. */
  readonly eventId: string;
  readonly position: number;
  readonly time: Date;
  /** The settled position: nothing beyond it was looked at. */
  readonly settled: number;
}

type LastEvent = Omit<MovementRow, 'metadata'>;

/** The row of a product in a store as of a moment; undefined where it did not exist then. */
export async function readPast(
  db: Database, row: { readonly store: string; readonly product: string }, at: Moment, history?: History,
): Promise<PastState | undefined> {
  const settled = await settledPosition(db);
  const upTo = 'position' in at ? Math.min(at.position, settled) : settled;
  const before = 'position' in at ? sql`` : sql`
    AND e.stream_version < coalesce((
      SELECT later.stream_version FROM events later
      WHERE later.stream_id = s.id AND later.timestamp > ${at.time} ORDER BY later.stream_version LIMIT 1
    ), 9223372036854775807)`;
  const { rows } = await sql<LastEvent>`
    SELECT e.id, e.event_type, e.schema_version, e.payload, e.position, e.timestamp
    FROM stock s JOIN events e ON e.stream_id = s.id
    WHERE s.store_id = ${row.store} AND s.product_id = ${row.product} AND e.position <= ${upTo}
      AND e.stream_version IS NOT NULL ${before}
    ORDER BY e.stream_version DESC LIMIT 1`.execute(db);
  const [last] = rows;
  if (last === undefined) return undefined;
  return { payload: stockEventOf(last, history).payload, eventId: last.id, position: last.position, time: last.timestamp, settled };
}
