/**
 * Reads of one turn, asked together: what is the same for all of them (the seal, the names of the stores, the policy
 * around each round trip) is asked for once. What Redis answered of the rate limits in one piece goes on in one turn, so
 * a busy process has many of them.
 */

/** A group is at most so large; whoever comes later begins another one. */
const MAX_TOGETHER = 256;

interface Group<T> {
  /** Each with its place. */
  readonly ids: Map<string, number>;
  readers: number;
  readonly answers: Promise<readonly T[]>;
}

/**
 * @param read answers each id, in the order asked for; several readers may want the same one
 * @returns a read of one id: it is asked with all others of this turn, each id once. Rejects where `read` does
 */
export function together<T>(
  read: (ids: readonly string[], readers: number) => Promise<readonly T[]>,
): (id: string) => Promise<T> {
  let open: Group<T> | undefined;
  const begin = (): Group<T> => {
    // Behind all microtasks: whoever was woken by the same answer has asked by then.
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
