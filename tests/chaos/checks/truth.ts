/**
 * What was true when. A log that a promotion has cut off stays the truth for whatever speaks of the time before; from
 * then on the log of the new server is.
 */
import type { LoggedEvent } from './copy.ts';
import type { Log } from './log.ts';

/** A log that ended when its server was taken away. */
export interface Past {
  readonly untilMs: number;
  readonly log: Log;
}

export interface Truth {
  readonly now: Log;
  /** In the order of time. */
  readonly past: readonly Past[];
}

/** The log that speaks for an instant. */
export function logAt({ past, now }: Truth, atMs: number): Log {
  return past.find(({ untilMs }) => atMs < untilMs)?.log ?? now;
}

/** Events that were committed and that no promotion left in the log of now, by id. */
export function departedOf({ past, now }: Truth): ReadonlyMap<string, LoggedEvent> {
  return new Map(past.flatMap(({ log }) => log.events.flatMap((event) =>
    (now.byId.has(event.id) ? [] : [[event.id, event] as const]))));
}
