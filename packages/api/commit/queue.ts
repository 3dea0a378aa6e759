/**
 * What waits for a lane, in two lines: single changes and carts in one, lists of up to a thousand items in the other. A
 * transaction takes as many of the first as fit and at most one of the second, so that whoever changes one thing waits
 * for one list at most, however many lists there are.
 */
import type { Command } from './command.ts';

/** Commands of one transaction, and the parts that its light ones have together. */
export const MAX_BATCH = 256;
/**
 * Fewer, because all of a transaction are answered in one turn of the event loop, in which nobody else is [at three times
 * the peak a refusal takes 90 ms at p99; with 256 it takes 120, for a tenth more changes].
 */
export const DEFAULT_BATCH = 128;
const MAX_BATCH_PARTS = 1000;
/** The parts of a cart; a command with more is heavy. */
const MAX_LIGHT_PARTS = 50;
/** Commands that wait, at most. http/server/load-shedding.ts turns requests away before that. */
const MAX_WAITING = 1024;
const MAX_HEAVY_WAITING = 32;

interface Queue<W> {
  /** @returns false when it is full: nothing was added then */
  add(waiting: W): boolean;
  /** What the next transaction commits, in the order of arrival within each line; empty when nobody waits. */
  take(): readonly W[];
  size(): number;
}

/** @param maxBatch commands that one transaction takes, at most */
export function createQueue<W extends { readonly command: Command }>(maxBatch = DEFAULT_BATCH): Queue<W> {
  const light: W[] = [];
  const heavy: W[] = [];
  return {
    add: (waiting) => {
      const isHeavy = waiting.command.parts.length > MAX_LIGHT_PARTS;
      if (isHeavy ? heavy.length >= MAX_HEAVY_WAITING : light.length >= MAX_WAITING) return false;
      (isHeavy ? heavy : light).push(waiting);
      return true;
    },
    take: () => {
      let count = 0;
      let parts = 0;
      for (const { command } of light) {
        parts += command.parts.length;
        if (count === maxBatch || (count > 0 && parts > MAX_BATCH_PARTS)) break;
        count += 1;
      }
      return [...light.splice(0, count), ...heavy.splice(0, 1)];
    },
    size: () => light.length + heavy.length,
  };
}
