/**
 * Work that waits for a place, the callers by turns. Whoever asks for much waits behind himself: a caller has no more than a
 * share of the places, and a group has one thing of each caller before a second one of anybody.
 */
import { PolicyError } from '@inventory/runtime/policies.ts';

interface Rules {
  /** The name in errors. */
  readonly name: string;
  /** Things in one group, and groups that are done at once. */
  readonly together: number;
  readonly atOnce: number;
  /** Things of one caller that are done at once, at most. */
  readonly share: number;
  /** Things that wait or are being done, at most: of one caller, and of all. */
  readonly ofCaller: number;
  readonly ofAll: number;
}

interface Waiting<I, T> {
  readonly caller: string;
  readonly item: I;
  readonly resolve: (answer: T) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * @param work does all of a group, each with its outcome at its place
 * @returns does one thing for one caller, in a group that begins after it was asked. Rejects where `work` rejects, and with a
 *   PolicyError (bulkhead) where too much waits, in all or of this caller
 */
export function byTurns<I, T>(
  { name, together, atOnce, share, ofCaller, ofAll }: Rules, work: (items: readonly I[]) => Promise<readonly T[]>,
): (item: I, caller: string) => Promise<T> {
  const waiting = new Map<string, Waiting<I, T>[]>();
  /** Things that wait or are being done, by caller. */
  const inHand = new Map<string, number>();
  /** Those that are being done. */
  const begun = new Map<string, number>();
  let [all, running, scheduled] = [0, 0, false];

  const count = (counts: Map<string, number>, caller: string, by: 1 | -1): void => {
    const own = (counts.get(caller) ?? 0) + by;
    if (own === 0) counts.delete(caller);
    else counts.set(caller, own);
  };

  /** One of each caller, then another one of each, until the group is full or nobody has more, or has his share. */
  const nextGroup = (): readonly Waiting<I, T>[] => {
    const group: Waiting<I, T>[] = [];
    for (let before = -1; group.length > before && group.length < together;) {
      before = group.length;
      for (const [caller, own] of [...waiting]) {
        if (group.length === together) break;
        if ((begun.get(caller) ?? 0) >= share) continue;
        const one = own.shift();
        if (one === undefined) continue;
        group.push(one);
        count(begun, caller, 1);
        // Behind the others, so that they come first in the next group.
        waiting.delete(caller);
        if (own.length > 0) waiting.set(caller, own);
      }
    }
    return group;
  };

  const workOn = async (group: readonly Waiting<I, T>[]): Promise<void> => {
    running += 1;
    try {
      const answers = await work(group.map(({ item }) => item));
      for (const [nth, answer] of answers.entries()) group[nth]?.resolve(answer);
    } catch (error) {
      for (const { reject } of group) reject(error);
    } finally {
      running -= 1;
      for (const { caller } of group) count(begun, caller, -1);
      schedule();
    }
  };

  /** Behind all microtasks of this turn of the event loop: whoever asks in it is in the group. */
  const schedule = (): void => {
    if (scheduled || running === atOnce || waiting.size === 0) return;
    scheduled = true;
    process.nextTick(() => {
      scheduled = false;
      while (running < atOnce) {
        const group = nextGroup();
        if (group.length === 0) break;
        void workOn(group);
      }
    });
  };

  return async (item, caller) => {
    if (all >= ofAll || (inHand.get(caller) ?? 0) >= ofCaller) throw new PolicyError(name, 'bulkhead', 'too much is waiting');
    count(inHand, caller, 1);
    all += 1;
    try {
      return await new Promise<T>((resolve, reject) => {
        const own = waiting.get(caller) ?? [];
        own.push({ caller, item, resolve, reject });
        waiting.set(caller, own);
        schedule();
      });
    } finally {
      count(inHand, caller, -1);
      all -= 1;
    }
  };
}
