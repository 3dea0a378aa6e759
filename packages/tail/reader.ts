/**
 * A reader of the log with a place of its own, at its own pace: from the ring, from the table where the ring does not go back
 * so far, or a reset where neither helps. It holds nothing but its place, so a slow reader costs no memory.
 */
import type { LoggedEvent } from '@inventory/db/events.ts';
import type { Database } from '@inventory/db/pool.ts';
import { createWakeup } from '@inventory/runtime/wakeup.ts';
import { goesOn, readFeed } from './table.ts';
import type { Filter, Place } from './table.ts';
import type { Head, Tail } from './tail.ts';

/** Events of one page, at most. */
const PAGE = 200;
/** Positions that a reader may be behind: about ten minutes of the highest rate that was measured. */
const MOST_BEHIND = 2_000_000;
/** A tail that stands still wakes nobody, and a wait must end. */
const LOOK_AGAIN_MS = 1000;

export interface Page {
  readonly kind: 'events';
  /** In the order of the log; empty where only the place has moved. */
  readonly events: readonly LoggedEvent[];
  /** Behind the last of them. */
  readonly place: Place;
  /** False while there is more that can be read at once. */
  readonly live: boolean;
}

export interface Reset {
  readonly kind: 'reset';
  /** EPOCH: the log was restored, or goes on on another server without what was read. TOO_OLD: the place is too far back. */
  readonly reason: 'EPOCH' | 'TOO_OLD';
  /** Where the reader goes on. */
  readonly place: Place;
}

export interface Reader {
  /**
   * What comes next, once there is something: never again what was given before, and nothing is left out.
   * @returns undefined when the signal has aborted
   * @throws {LogUntrusted} on a server that nobody has accepted, and what Postgres throws: the place stays, and one may ask again
   */
  readonly next: (signal: AbortSignal) => Promise<Page | Reset | undefined>;
  readonly stop: () => void;
}

interface ReaderDeps {
  readonly tail: Tail;
  readonly db: Database;
}

/**
 * Makes a reader.
 * @param from where it begins; undefined for the end of the log
 * @param mostBehind positions that it may be behind; fewer for tests
 */
export function createReader({ tail, db }: ReaderDeps, filter: Filter, from: Place | undefined, mostBehind = MOST_BEHIND): Reader {
  const wakeup = createWakeup();
  let place = from;
  /** In its own epoch the log has gone back: what the place is behind may be other events by now. */
  let wentBack = false;
  const unfollow = tail.follow({
    onEvents: wakeup.notify,
    onReset: (head) => {
      wentBack ||= place?.epoch === head.epoch;
      wakeup.notify();
    },
  });
  const fits = matcher(filter);

  const reset = (reason: Reset['reason'], { epoch, position }: Place): Reset => {
    wentBack = false;
    place = { epoch, position };
    return { kind: 'reset', reason, place };
  };

  /** What there is now; undefined where there is nothing. */
  const look = async (head: Head): Promise<Page | Reset | undefined> => {
    place ??= { epoch: head.epoch, position: head.position };
    if (place.epoch !== head.epoch) {
      if (!await goesOn(db, place, head.epoch)) return reset('EPOCH', head);
      place = { epoch: head.epoch, position: place.position };
    }
    if (wentBack) return reset('EPOCH', head);
    const before = place;
    if (before.position >= head.position) return undefined;
    const found = tail.newest.after(before.position, PAGE);
    if (found === undefined) {
      if (head.position - before.position > mostBehind) return reset('TOO_OLD', head);
      const { events, upTo, more } = await readFeed(db, filter, before.position, PAGE);
      place = { epoch: head.epoch, position: upTo };
      return upTo === before.position ? undefined : { kind: 'events', events, place, live: !more };
    }
    const full = found.length === PAGE;
    place = { epoch: head.epoch, position: full ? found.at(-1)?.position ?? head.position : head.position };
    return { kind: 'events', events: found.filter(fits), place, live: !full };
  };

  return {
    next: async (signal) => {
      while (!signal.aborted) {
        const head = tail.head();
        const page = head === undefined ? undefined : await look(head);
        if (page !== undefined) return page;
        await wakeup.wait(LOOK_AGAIN_MS, signal);
      }
      return undefined;
    },
    stop: unfollow,
  };
}

function matcher({ types, storeIds }: Filter): (event: LoggedEvent) => boolean {
  const [ofTypes, ofStores] = [types && new Set(types), storeIds && new Set(storeIds)];
  return ({ event_type: type, store_id: store }) => ofTypes?.has(type) !== false && ofStores?.has(store) !== false;
}
