/** I16: what stood in the log stands there, word for word, as long as the server that holds it is the same. */
import type { Copy, LoggedEvent } from './copy.ts';
import type { Finding } from './finding.ts';

/** Longer than any transaction of ours may stay open: below a position that is older than this nothing can turn up. */
const SETTLED_MS = 6_000;

/** @param before an earlier copy of the same log */
export function checkLogStays(before: Pick<Copy, 'events' | 'nowMs'>, { events: now }: Pick<Copy, 'events'>): readonly Finding[] {
  const later = new Map(now.map((event) => [event.position, event]));
  const newest = before.events.findLast(({ at_ms: atMs }) => atMs < before.nowMs - SETTLED_MS)?.position ?? 0;
  const known = new Set(before.events.map(({ position }) => position));
  return [
    ...before.events.flatMap((event): readonly Finding[] => {
      const same = later.get(event.position);
      if (same === undefined) {
        return [{ promise: 'I16', subject: `event ${event.id}`, detail: `is gone from position ${event.position}`, sort: 'lost' }];
      }
      return wordsOf(same) === wordsOf(event) ? [] : [{
        promise: 'I16', subject: `event ${event.id}`, detail: `was ${wordsOf(event)}, is ${wordsOf(same)}`, sort: 'wrong',
      }];
    }),
    ...now.filter(({ position }) => position <= newest && !known.has(position)).map((event): Finding => ({
      promise: 'I16', subject: `event ${event.id}`, sort: 'wrong',
      detail: `was slipped in at position ${event.position} before ${newest}, which was the end of the settled log`,
    })),
  ];
}

function wordsOf({ id, type, row, version, body }: LoggedEvent): string {
  return `${id} ${type} ${row} ${version} ${body}`;
}
