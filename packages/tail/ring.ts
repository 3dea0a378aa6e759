/**
 * The newest events of the log in memory: at most so many, and at most so many bytes. It knows where it begins, so whoever
 * asks for what lies before is told to look elsewhere, and never gets a part for the whole.
 */
import type { LoggedEvent } from '@inventory/db/events.ts';

/** Events, and bytes of their payloads, that are kept. [10 000 events of a reservation take 14 MB, Node 24.] */
const RING_EVENTS = 10_000;
const RING_BYTES = 64 * 1024 * 1024;
/** What an event takes beside its payload. */
const FIXED_BYTES = 600;

export interface Ring {
  /** Adds events that follow those that are there, in the order of the log. */
  push(events: readonly LoggedEvent[]): void;
  /**
   * The events behind a position, at most `limit`, in the order of the log; undefined where the ring does not go back to it.
   * @param position all events at or below it are known to whoever asks
   */
  after(position: number, limit: number): readonly LoggedEvent[] | undefined;
  /** Forgets everything, and begins behind this position. */
  beginAt(position: number): void;
  size(): number;
}

/** Makes a ring that begins behind position 0. @param limits smaller ones for tests */
export function createRing({ events: most = RING_EVENTS, bytes: mostBytes = RING_BYTES } = {}): Ring {
  let kept: { readonly event: LoggedEvent; readonly bytes: number }[] = [];
  /** The index of the oldest one, and the position behind which nothing is missing. */
  let [first, begin, bytes] = [0, 0, 0];

  const dropOldest = (): void => {
    const oldest = kept[first];
    if (oldest === undefined) return;
    first += 1;
    begin = oldest.event.position;
    bytes -= oldest.bytes;
    // To move the others at each drop would cost as much as all of them.
    if (first * 2 > kept.length) {
      kept = kept.slice(first);
      first = 0;
    }
  };

  return {
    push: (events) => {
      for (const event of events) {
        const size = FIXED_BYTES + bytesOf(event.payload);
        kept.push({ event, bytes: size });
        bytes += size;
        while (kept.length - first > most || (bytes > mostBytes && kept.length > first)) dropOldest();
      }
    },
    after: (position, limit) => {
      if (position < begin) return undefined;
      let [low, high] = [first, kept.length];
      while (low < high) {
        const middle = (low + high) >>> 1;
        if ((kept[middle]?.event.position ?? Infinity) > position) high = middle;
        else low = middle + 1;
      }
      return kept.slice(low, low + limit).map(({ event }) => event);
    },
    beginAt: (position) => {
      kept = [];
      [first, begin, bytes] = [0, position, 0];
    },
    size: () => kept.length - first,
  };
}

/** About what a payload takes. Ours are flat, so the members are added up: to write them as JSON costs ten times as much. */
function bytesOf(payload: unknown): number {
  if (typeof payload !== 'object' || payload === null) return 0;
  let bytes = 0;
  for (const [name, value] of Object.entries(payload)) {
    bytes += name.length + (typeof value === 'string' ? value.length : typeof value === 'object' && value !== null ? JSON.stringify(value).length : 8);
  }
  return bytes;
}
