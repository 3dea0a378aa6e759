/**
 * A page of the log without gaps, from the table: it ends at the settled position, below which no event can appear any more.
 * Whatever the filter, a page walks over a bounded stretch of positions, so the feed needs no index but that of the log's
 * order; every insert would have to pay for another one. With a filter that fits few events a page may be short or empty
 * before the end, but its cursor moves on.
 */
import { readEvents, settledPosition } from '@inventory/db/events.ts';
import type { LoggedEvent } from '@inventory/db/events.ts';
import type { Database } from '@inventory/db/pool.ts';

/** Positions that one statement walks over, and statements for one page: about 0.2 s of work at most. */
const STRETCH = 20_000;
const MAX_STRETCHES = 10;

/** Which events; a member that is left out is no limit. */
export interface Filter {
  readonly types?: readonly string[];
  readonly storeIds?: readonly string[];
}

/** A place in the log: everything at or below it is known. */
export interface Place {
  readonly epoch: number;
  readonly position: number;
}

interface Page {
  readonly events: readonly LoggedEvent[];
  /** Everything up to here was looked at: the next page begins behind it. */
  readonly upTo: number;
  /** True when more can be read at once. */
  readonly more: boolean;
}

/**
 * Whether a place of an older epoch goes on in the present one: the log was on another server in between each two of them, and
 * had come along up to the place every time.
 */
export async function goesOn(db: Database, place: Place, epoch: number): Promise<boolean> {
  const { forks } = await db.selectFrom('log_forks').select(({ fn }) => fn.countAll<number>().as('forks'))
    .where('accepted_epoch', '>', place.epoch).where('accepted_epoch', '<=', epoch).where('newest_position', '>=', place.position)
    .executeTakeFirstOrThrow();
  return place.epoch < epoch && forks === epoch - place.epoch;
}

/**
 * Reads a page.
 * @param after the last position that was looked at; 0 for the beginning
 * @param last where the feed ends; left out, at the settled position
 * @throws {LogUntrusted} on a server that nobody has accepted
 */
export async function readFeed(db: Database, filter: Filter, after: number, limit: number, last = Infinity): Promise<Page> {
  const settled = Math.min(await settledPosition(db), last);
  const events: LoggedEvent[] = [];
  let upTo = after;
  for (let stretch = 0; stretch < MAX_STRETCHES && upTo < settled; stretch += 1) {
    const end = Math.min(upTo + STRETCH, settled);
    const found = await readEvents(db, { ...filter, after: upTo, upTo: end, limit: limit - events.length });
    events.push(...found);
    if (events.length === limit) {
      upTo = events.at(-1)?.position ?? end;
      break;
    }
    upTo = end;
  }
  return { events, upTo, more: upTo < settled };
}
