/** I15: nothing is sold after its deadline, nothing ends before it by itself, and what is over is ended within a second. */
import type { Copy, ReservationRow } from './copy.ts';
import type { Finding } from './finding.ts';

/** The promise is a second; the rest is for a machine that carries the load, the servers and the rig on two cores. */
export const LATE_MS = 1_000 + 2_000;

/** @param troubled whether something was hurt, or had not yet recovered, between these two times */
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
