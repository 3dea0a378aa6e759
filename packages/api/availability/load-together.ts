/**
 * Reads of one turn of the event loop, made together: what is the same for all of them (the seal, the names of the stores,
 * the policy around each round trip) is asked for once. A busy process has many in a turn: the answers of Redis about
 * rate limits come in one piece, and the requests behind them go on in the same turn.
 */

/** Readers of one group, at most; the next one begins another group. */
const MAX_TOGETHER = 256;

interface Group<A, T> {
  /** What is asked for, each once, and the place of each by its key. */
  readonly asked: A[];
  readonly places: Map<string, number>;
  readers: number;
  readonly answers: Promise<readonly T[]>;
}

/**
 * @param read answers each thing asked for, in that order; several readers may have asked for the same one
 * @param keyOf what is the same for two that ask for the same
 * @returns a read of one thing, made with all others of this turn, each once. Rejects where `read` rejects
 */
export function loadTogether<A, T>(
  read: (asked: readonly A[], readers: number) => Promise<readonly T[]>, keyOf: (one: A) => string,
): (one: A) => Promise<T> {
  let open: Group<A, T> | undefined;
  const begin = (): Group<A, T> => {
    // Behind all microtasks: every reader that the same answer woke has asked by then.
    const turnIsOver = new Promise<void>((resolve) => { process.nextTick(resolve); });
    const group: Group<A, T> = {
      asked: [],
      places: new Map(),
      readers: 0,
      answers: turnIsOver.then(() => {
        if (open === group) open = undefined;
        return read(group.asked, group.readers);
      }),
    };
    return group;
  };
  return async (one) => {
    if (open === undefined || open.readers >= MAX_TOGETHER) open = begin();
    const { asked, places, answers } = open;
    open.readers += 1;
    const key = keyOf(one);
    const at = places.get(key) ?? places.size;
    if (at === places.size) {
      places.set(key, at);
      asked.push(one);
    }
    const answer = (await answers)[at];
    if (answer === undefined) throw new Error('a read was left without an answer');
    return answer;
  };
}
