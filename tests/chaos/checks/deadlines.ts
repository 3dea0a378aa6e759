/** I15: no hold is sold or cancelled after its deadline or expires before it, and each expires within a second after it. */
import type { Copy, ReservationRow } from './copy.ts';
import type { Finding } from './finding.ts';

/** The promise is one second. The other four are for 2 busy cores that run servers, load and rig [3.4 s at a load of 22]. */
const LATE_MS = 1_000 + 4_000;

/** `troubled` says whether a fault, or the recovery from it, overlaps this time: expiry may be late then. */
export function checkDeadlines(
  { nowMs, reservations }: Pick<Copy, 'nowMs' | 'reservations'>, troubled: (fromMs: number, toMs: number) => boolean,
): readonly Finding[] {
  return reservations.flatMap((hold): readonly Finding[] => {
    const detail = problemOf(hold, nowMs, troubled);
    return detail === undefined ? [] : [{ promise: 'I15', subject: `hold ${hold.id}`, detail, sort: 'wrong' }];
  });
}

function problemOf(
  { status, expires_ms: expires, closed_ms: closed }: ReservationRow, nowMs: number, troubled: (fromMs: number, toMs: number) => boolean,
): string | undefined {
  const endedMs = closed ?? nowMs;
  const late = endedMs - expires;
  if (status === 'EXPIRED' && late < 0) return `expired ${-late} ms before its deadline`;
  if ((status === 'CONFIRMED' || status === 'CANCELLED') && late >= 0) return `${status} ${late} ms after its deadline`;
  if ((status === 'PENDING' || status === 'EXPIRED') && late > LATE_MS && !troubled(expires, endedMs)) {
    return `${status === 'PENDING' ? 'still pending' : 'expired'} ${Math.round(late)} ms after its deadline`;
  }
  return undefined;
}
