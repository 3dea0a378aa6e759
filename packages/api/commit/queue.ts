/**
 * Commands that wait for a lane, in two lines: single changes and carts in one, lists of up to a thousand items in the
 * other. A transaction takes as many of the first as fit and at most one of the second, so that a single change waits for
 * one list at most, however many lists there are.
 */
import type { Command } from './command.ts';

/** Commands of one transaction, and the parts that its light ones have together. */
export const MAX_BATCH = 256;
/**
 * Fewer by default, because all commands of a transaction are answered in one turn of the event loop, which serves no
 * other request meanwhile [at three times the peak a refusal takes 90 ms at p99; with 256 commands 120 ms, for a tenth
 * more changes, on 2 cores].
 */
export const DEFAULT_BATCH = 128;
const MAX_BATCH_PARTS = 1000;
/** A command with more parts is heavy; a cart never has more. */
const MAX_LIGHT_PARTS = 50;
/** Commands that wait, at most. http/server/load-shedding.ts refuses requests before that. */
const MAX_WAITING = 1024;
const MAX_HEAVY_WAITING = 32;

interface Queue<W> {
  /** @returns false when the line is full: nothing was added then */
  add(waiting: W): boolean;
  /** Takes out what the next transaction commits, in the order of arrival within each line; empty when none waits. */
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
