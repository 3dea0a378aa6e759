/**
 * What the log says of messages. Whoever can publish to the stream's subjects can put anything into it, so a message is
 * only a hint that an event is there: its position and id are looked up, and the view gets what the log has.
 */
import { sql } from 'kysely';
import type { Database } from '@inventory/db/pool.ts';

export interface ConfirmedEvent {
  readonly id: string;
  readonly event_type: string;
  readonly schema_version: number;
  readonly payload: unknown;
  /** In ms since 1970, by the clock of Postgres. */
  readonly atMs: number;
}

/** Where an event stands in the log, as a message says. */
export interface Claim {
  readonly position: number;
  readonly id: string;
}

/** The position in the text of a header; undefined for what is none. */
export function positionIn(text: string): number | undefined {
  return /^[1-9]\d{0,14}$/.test(text) ? Number(text) : undefined;
}

/**
 * The events at these positions, each only if it has the id that is claimed. One statement, by a unique index.
 * @returns in the order of the claims; undefined where the log does not confirm one
 * @throws what Postgres throws
 */
export async function confirm(db: Database, claims: readonly Claim[]): Promise<readonly (ConfirmedEvent | undefined)[]> {
  if (claims.length === 0) return [];
  const { rows } = await sql<ConfirmedEvent & { readonly position: number }>`
    SELECT position, id, event_type, schema_version, payload, extract(epoch FROM timestamp)::float8 * 1000 AS "atMs"
    FROM events WHERE position = ANY (${claims.map(({ position }) => position)}::bigint[])`.execute(db);
  const logged = new Map(rows.map((row) => [row.position, row]));
  return claims.map(({ position, id }) => {
    const event = logged.get(position);
    return event?.id === id ? event : undefined;
  });
}
