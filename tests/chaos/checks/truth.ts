/**
 * Which log was true at which time. The log of a server that was replaced by a promotion stays true for answers about the time
 * before; after that the log of the new server is true.
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

/** The logs that were true at some time between two instants, in the order of time; at least one. */
export function logsBetween({ past, now }: Truth, fromMs: number, toMs: number): readonly Log[] {
  const all = [...past, { untilMs: Infinity, log: now }];
  const began = (nth: number): number => all[nth - 1]?.untilMs ?? -Infinity;
  return all.filter(({ untilMs }, nth) => fromMs < untilMs && began(nth) <= toMs).map(({ log }) => log);
}

/** Committed events that promotions have taken back, by id. */
export function departedOf({ past, now }: Truth): ReadonlyMap<string, LoggedEvent> {
  return new Map(past.flatMap(({ log }) => log.events.flatMap((event) =>
    (now.byId.has(event.id) ? [] : [[event.id, event] as const]))));
}
