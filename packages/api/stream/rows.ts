/**
 * A stock row as the live feed shows it. Its text is made once for all viewers, in two editions: as availability shows it to
 * everybody, and with what those see who follow the store.
 */
import type { LoggedEvent } from '@inventory/db/events.ts';
import { safeParse } from '@inventory/runtime/safe-parse.ts';
import { z } from 'zod';

/** How much there is: OUT nothing, LOW at most LOW_STOCK units, OK more. */
export type Level = 'OK' | 'LOW' | 'OUT';

export interface Row {
  /** Of the stock row: the same for all its states. */
  readonly id: string;
  readonly product_id: string;
  readonly store_id: string;
  readonly version: number;
  readonly level: Level;
  /** Before the event that made this state. */
  readonly levelBefore: Level;
  /** Ms since 1970, by the clock of Postgres. */
  readonly committedMs: number;
  /** As JSON, as everybody may see it. */
  readonly open: () => string;
  /** As JSON, for those who follow the store. */
  readonly staff: () => string;
}

/** What a state is made of. */
export interface RowFacts {
  readonly id: string;
  readonly product_id: string;
  readonly store_id: string;
  readonly quantity: number;
  readonly reserved: number;
  readonly version: number;
  readonly committedAt: Date;
  /** What made it so; undefined in a snapshot, which shows no event. */
  readonly by?: { readonly type: string; readonly delta: number; readonly reservedDelta: number; readonly reason: string | null };
}

function levelOf(available: number, lowStock: number): Level {
  return available <= 0 ? 'OUT' : available <= lowStock ? 'LOW' : 'OK';
}

/** @param lowStock units up to which the level is LOW */
export function rowOf(facts: RowFacts, lowStock: number): Row {
  const { id, product_id, store_id, quantity, reserved, version, committedAt, by } = facts;
  const available = quantity - reserved;
  const level = levelOf(available, lowStock);
  const shown = { product_id, store_id, available, level, version, committed_at: committedAt.toISOString() };
  let [open, staff]: [string?, string?] = [];
  return {
    id, product_id, store_id, version, level, committedMs: committedAt.getTime(),
    levelBefore: by === undefined ? level : levelOf(available - by.delta + by.reservedDelta, lowStock),
    open: () => open ??= JSON.stringify(shown),
    staff: () => staff ??= JSON.stringify({
      ...shown, quantity, reserved, ...(by === undefined ? {} : { type: by.type, reason: by.reason, delta: by.delta }),
    }),
  };
}

/** Of an event of a stock row, what the feed shows. All versions of such events have these members. */
const state = z.object({
  stock_id: z.string(), product_id: z.string(), store_id: z.string(), quantity: z.int(), reserved: z.int(), version: z.int(),
  delta: z.int(), reserved_delta: z.int(), reason: z.string().nullish(),
});

/** The state that an event has made; undefined for an event of another kind. */
export function rowOfEvent({ event_type: type, payload, timestamp }: LoggedEvent, lowStock: number): Row | undefined {
  if (!type.startsWith('stock.') && !type.startsWith('reservation.')) return undefined;
  const parsed = safeParse(state, payload);
  if (!parsed.success) return undefined;
  const { stock_id: id, delta, reserved_delta: reservedDelta, reason, ...row } = parsed.data;
  return rowOf({ ...row, id, committedAt: timestamp, by: { type, delta, reservedDelta, reason: reason ?? null } }, lowStock);
}
