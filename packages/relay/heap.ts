import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Keeps the heap of this process near what it holds. Left to itself, V8 gives young objects ever more space, and lets old
 * ones collect until there are several times as many as live: a command that goes through millions of rows takes hundreds
 * of megabytes for the few that it has in hand. The settings are read at each collection, so they act on a process that
 * runs already. [A replay of 100 000 events: 148 MB at most in place of 349, 31 000 events/s in place of 37 000.]
 */
export function keepHeapSmall(): void {
  // The space of young objects does not grow.
  setFlagsFromString('--semi-space-growth-factor=1');
  // An old object waits for a full collection until the heap has grown by so many per cent since the last one.
  setFlagsFromString('--heap-growing-percent=40');
  // Loading the code has made the space of young objects large by now, and only this collection makes it small again.
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  setFlagsFromString('--no-expose-gc');
  if (typeof collect === 'function') collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}
