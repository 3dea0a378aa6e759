/**
 * Reads of one turn of the event loop, made together: what is the same for all of them (the seal, the names of the stores,
 * the policy around each round trip) is asked for once. A busy process has many in a turn: the answers of Redis about
 * rate limits come in one piece, and the requests behind them go on in the same turn.
 */

/** Readers of one group, at most; the next one begins another group. */
const MAX_TOGETHER = 256;

interface Group<T> {
  /** Each id with its place. */
  readonly ids: Map<string, number>;
  readers: number;
  readonly answers: Promise<readonly T[]>;
}

/**
 * @param read answers each id, in the order asked for; several readers may have asked for the same one
 * @returns a read of one id, made with all others of this turn, each id once. Rejects where `read` rejects
 */
export function loadTogether<T>(
  read: (ids: readonly string[], readers: number) => Promise<readonly T[]>,
): (id: string) => Promise<T> {
  let open: Group<T> | undefined;
  const begin = (): Group<T> => {
    // Behind all microtasks: every reader that the same answer woke has asked by then.
    const turnIsOver = new Promise<void>((resolve) => { process.nextTick(resolve); });
    const group: Group<T> = {
      ids: new Map(),
      readers: 0,
      answers: turnIsOver.then(() => {
        if (open === group) open = undefined;
        return read([...group.ids.keys()], group.readers);
      }),
    };
    return group;
  };
  return async (id) => {
    if (open === undefined || open.readers >= MAX_TOGETHER) open = begin();
    const { ids, answers } = open;
    open.readers += 1;
    const at = ids.get(id) ?? ids.size;
    ids.set(id, at);
    const answer = (await answers)[at];
    if (answer === undefined) throw new Error('a read was left without an answer');
    return answer;
  };
}
