/** Judges when a leader has been silent for long enough to end its session. */

const SILENCE_MS = 5000;
// Looks that lie further apart say nothing about the time between them: the observer, or the database, may have stood still.
const MAX_GAP_MS = 2500;

export interface Sighting {
  readonly pid: number;
  /** The last sign of life: a beat, or activity of the backend. Two equal signs mean that there was none in between. */
  readonly sign: string;
  /** Its age by the database's clock. */
  readonly silentMs: number;
}

interface SilenceWatch {
  /** Judges what is seen now; undefined when nobody holds the lock. `nextLookMs`: when another look can tell more. */
  look(sighting: Sighting | undefined): { readonly silent: boolean; readonly nextLookMs: number };
}

/**
 * Creates the memory of one observer. A holder is silent when it has given no sign for 5 s by the database's clock, and
 * none between two looks shortly after each other: after a database was frozen, every leader looks silent once.
 */
export function createSilenceWatch(nowMs: () => number = () => performance.now()): SilenceWatch {
  let before: { readonly pid: number; readonly sign: string; readonly atMs: number } | undefined;
  return {
    look(sighting) {
      const atMs = nowMs();
      const unchanged = sighting !== undefined && before?.pid === sighting.pid && before.sign === sighting.sign
        && atMs - before.atMs <= MAX_GAP_MS;
      before = sighting === undefined ? undefined : { pid: sighting.pid, sign: sighting.sign, atMs };
      const leftMs = SILENCE_MS - (sighting?.silentMs ?? 0);
      return { silent: unchanged && leftMs <= 0, nextLookMs: Math.max(50, Math.ceil(leftMs) + 10) };
    },
  };
}
