/** I15: no hold is sold or cancelled after its deadline or expires before it, and each expires within a second after it. */
import type { Copy, ReservationRow } from './copy.ts';
import type { Finding } from './finding.ts';

/** The promise. */
const LATE_MS = 1_000;
/**
 * Expiring takes the time of about four requests, beside half a second of sleep: a look that began just before the deadline
 * reads and commits, and so does the next one. On a busy machine each takes as long as the load's own reads show.
 */
const TURNS = 4;

interface Around {
  /** Whether a fault, or the recovery from it, overlaps this time: expiry may be late then. */
  troubled(fromMs: number, toMs: number): boolean;
  /** How long the slowest read took that was under way in this time; 0 where there was none. */
  slowestReadMs(fromMs: number, toMs: number): number;
  /** For how long the rig itself, through which every connection leads, stood still in this time. */
  stalledMs(fromMs: number, toMs: number): number;
}

export function checkDeadlines({ nowMs, reservations }: Pick<Copy, 'nowMs' | 'reservations'>, around: Around): readonly Finding[] {
  return reservations.flatMap((hold): readonly Finding[] => {
    const detail = problemOf(hold, nowMs, around);
    return detail === undefined ? [] : [{ promise: 'I15', subject: `hold ${hold.id}`, detail, sort: 'wrong' }];
  });
}

function problemOf(
  { status, expires_ms: expires, closed_ms: closed }: ReservationRow, nowMs: number, { troubled, slowestReadMs, stalledMs }: Around,
): string | undefined {
  const endedMs = closed ?? nowMs;
  const late = endedMs - expires;
  if (status === 'EXPIRED' && late < 0) return `expired ${-late} ms before its deadline`;
  if ((status === 'CONFIRMED' || status === 'CANCELLED') && late >= 0) return `${status} ${late} ms after its deadline`;
  if (status !== 'PENDING' && status !== 'EXPIRED') return undefined;
  if (late <= LATE_MS || troubled(expires, endedMs)) return undefined;
  const slowest = slowestReadMs(expires, endedMs);
  const stalled = stalledMs(expires - LATE_MS, endedMs);
  if (late <= LATE_MS + TURNS * slowest + stalled) return undefined;
  return `${status === 'PENDING' ? 'still pending' : 'expired'} ${Math.round(late)} ms after its deadline, while no read took over ${
    slowest} ms and the rig stood still for ${stalled} ms`;
}
