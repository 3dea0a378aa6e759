/**
 * Reads of ids that cost a statement: what waits is read together, the callers by turns. Whoever asks for much waits behind
 * himself: with one id of everybody in each group, a caller with one id is in the next group, however many ids others want.
 */
import { PolicyError } from '@inventory/runtime/policies.ts';

interface Rules {
  /** The name in errors. */
  readonly name: string;
  /** Ids in one group, and groups that are read at once. */
  readonly together: number;
  readonly atOnce: number;
  /** Ids that wait or are being read, at most: of one caller, and of all. */
  readonly ofCaller: number;
  readonly ofAll: number;
}

interface Waiting<T> {
  readonly id: string;
  readonly resolve: (answer: T) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * @param read answers all ids of a group, each at its place
 * @returns a read of one id for one caller, in a group that begins after it was asked. Rejects where `read` rejects.
 * @throws {PolicyError} bulkhead, where too much waits, in all or of this caller
 */
export function readByTurns<T>(
  { name, together, atOnce, ofCaller, ofAll }: Rules, read: (ids: readonly string[]) => Promise<readonly T[]>,
): (id: string, caller: string) => Promise<T> {
  const waiting = new Map<string, Waiting<T>[]>();
  /** Ids that wait or are being read, by caller. */
  const inHand = new Map<string, number>();
  let [all, running, scheduled] = [0, 0, false];

  const count = (caller: string, by: 1 | -1): void => {
    const own = (inHand.get(caller) ?? 0) + by;
    if (own === 0) inHand.delete(caller);
    else inHand.set(caller, own);
    all += by;
  };

  /** One of each caller, then another one of each, until the group is full. */
  const nextGroup = (): readonly Waiting<T>[] => {
    const group: Waiting<T>[] = [];
    while (group.length < together && waiting.size > 0) {
      for (const [caller, own] of [...waiting]) {
        if (group.length === together) break;
        const one = own.shift();
        if (one !== undefined) group.push(one);
        // Behind the others, so that they come first in the next group.
        waiting.delete(caller);
        if (own.length > 0) waiting.set(caller, own);
      }
    }
    return group;
  };

  const readGroup = async (group: readonly Waiting<T>[]): Promise<void> => {
    running += 1;
    try {
      const answers = await read(group.map(({ id }) => id));
      for (const [nth, answer] of answers.entries()) group[nth]?.resolve(answer);
    } catch (error) {
      for (const { reject } of group) reject(error);
    } finally {
      running -= 1;
      schedule();
    }
  };

  /** Behind all microtasks of this turn of the event loop: whoever asks in it is in the group. */
  const schedule = (): void => {
    if (scheduled || running === atOnce || waiting.size === 0) return;
    scheduled = true;
    process.nextTick(() => {
      scheduled = false;
      while (running < atOnce && waiting.size > 0) void readGroup(nextGroup());
    });
  };

  return async (id, caller) => {
    if (all >= ofAll || (inHand.get(caller) ?? 0) >= ofCaller) throw new PolicyError(name, 'bulkhead', 'too many reads are waiting');
    count(caller, 1);
    try {
      return await new Promise<T>((resolve, reject) => {
        const own = waiting.get(caller) ?? [];
        own.push({ id, resolve, reject });
        waiting.set(caller, own);
        schedule();
      });
    } finally {
      count(caller, -1);
    }
  };
}
