/**
 * How many log lines a flood makes. A request over its limit costs its sender nothing, so a line for each would let
 * anybody fill the disk: some hundred bytes a request, thousands of them a second. The metric counts them all.
 */

/** Lines about requests over a limit that one process writes in a minute: enough to see who it is. */
const LINES = 100;
const PERIOD_MS = 60_000;

interface FloodLines {
  /** Whether this request over its limit may have a line. */
  mayTell(): boolean;
}

/**
 * @param tell says how many had no line, once a period is over; asked at the next request over a limit
 * @param now a clock in ms that never goes back
 */
export function createFloodLines(tell: (unsaid: number) => void, now: () => number = () => performance.now()): FloodLines {
  let begun = now();
  let count = 0;
  return {
    mayTell: () => {
      const at = now();
      if (at - begun >= PERIOD_MS) {
        if (count > LINES) tell(count - LINES);
        [begun, count] = [at, 0];
      }
      count += 1;
      return count <= LINES;
    },
  };
}
