/** Less memory for a command that goes through millions of rows. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Keeps the heap of this process near what it needs. By default V8 gives young objects ever more space, and lets old ones
 * pile up to several times of what is alive, so such a command takes hundreds of megabytes. V8 reads the settings at each
 * collection, so they act on a running process. [A replay of 100 000 events: at most 148 MB in place of 349, 31 000
 * events/s in place of 37 000.]
 */
export function keepHeapSmall(): void {
  // The space for young objects does not grow.
  setFlagsFromString('--semi-space-growth-factor=1');
  // A full collection comes when the heap has grown by so many per cent since the last one.
  setFlagsFromString('--heap-growing-percent=40');
  // Loading the code has made the space for young objects large; only this collection makes it small again.
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  setFlagsFromString('--no-expose-gc');
  if (typeof collect === 'function') collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}
