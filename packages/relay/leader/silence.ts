/** When is the leader's silence long enough to end its session? */

const SILENCE_MS = 5000;
// Looks that lie further apart than this say nothing about the time between them: it may be the observer, or the
// database, that stood still.
const MAX_GAP_MS = 2500;

export interface Sighting {
  readonly pid: number;
  /** The last sign of life: a beat, or activity of the backend. Equal signs mean that there was none in between. */
  readonly sign: string;
  /** Its age by the database's clock. */
  readonly silentMs: number;
}

export interface SilenceWatch {
  /** Judges what is seen now, undefined when nobody holds the lock. `nextLookMs`: when a further look may tell more. */
  look(sighting: Sighting | undefined): { readonly silent: boolean; readonly nextLookMs: number };
}

/**
 * Creates the memory of one observer. Silent is who has given no sign for 5 s by the database's clock, and none between
 * two looks of ours shortly after each other: after a database was frozen, every leader looks silent once.
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
