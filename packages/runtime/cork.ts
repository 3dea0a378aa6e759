/** One system call for all that is written to a stream within a turn of the event loop, in place of one for each write. */
import type { Writable } from 'node:stream';

export interface Cork {
  /** Keeps what is written to the stream from now to the end of the turn. */
  cork(stream: Writable): void;
  /** Lets everything go at once. */
  release(): void;
}

export function createCork(): Cork {
  const corked = new Set<Writable>();
  const release = (): void => {
    for (const stream of corked) stream.uncork();
    corked.clear();
  };
  return {
    cork: (stream) => {
      if (corked.has(stream)) return;
      if (corked.size === 0) setImmediate(release);
      corked.add(stream);
      stream.cork();
    },
    release,
  };
}
