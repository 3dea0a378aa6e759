/**
 * The server's time, without trusting the clock of the browser's machine, which may be wrong by an hour. Each message bounds it:
 * an answer whose Date says 12:00:00 was made between 12:00:00 and 12:00:01, after its request was sent and before it came; a
 * tick of the stream names the millisecond in which it left, which is half a round trip ago.
 */
import { createStore } from '../parts/store.ts';

/** Milliseconds to add to performance.now(): the server's time, within ± `error`. */
interface Offset { readonly ms: number; readonly error: number }

interface Bounds { readonly least: number; readonly most: number }

/** The bounds that both observations leave. Where they contradict each other a clock was set, and the newer one counts. */
export function narrowed(known: Bounds | undefined, seen: Bounds): Bounds {
  if (known === undefined) return seen;
  const both = { least: Math.max(known.least, seen.least), most: Math.min(known.most, seen.most) };
  return both.least <= both.most ? both : seen;
}

/** Ticks that came late one after the other, until it is the clock that has been set back. */
const MOST_LATE = 12;

let bounds: Bounds | undefined;
let roundTripMs = 1000;
let late = 0;
/** Undefined until the first answer. */
export const offset = createStore<Offset | undefined>(undefined);

function observe(seen: Bounds): void {
  bounds = narrowed(bounds, seen);
  offset.set({ ms: (bounds.least + bounds.most) / 2, error: (bounds.most - bounds.least) / 2 });
}

/** @param date the header; @param sent and @param came by performance.now() */
export function observeDate(date: string | null, sent: number, came: number): void {
  roundTripMs = Math.min(roundTripMs, came - sent);
  const at = date === null ? NaN : Date.parse(date);
  if (!Number.isNaN(at)) observe({ least: at - came, most: at + 1000 - sent });
}

/** @param time milliseconds since 1970, when the message left; @param came by performance.now() */
export function observeServerTime(time: number, came: number): void {
  const seen = { least: time - came, most: time - came + Math.max(1, roundTripMs) };
  // One that was held up on its way says less than those before it.
  if (bounds !== undefined && seen.most < bounds.least && late < MOST_LATE) {
    late += 1;
    return;
  }
  late = 0;
  observe(seen);
}

/** Milliseconds since 1970 by the server; undefined before the first answer. */
export function serverNow(): number | undefined {
  const known = offset.get();
  return known === undefined ? undefined : performance.now() + known.ms;
}
