import type { Writable } from 'node:stream';

/** Keeps what is written to streams until the turn of the event loop is over: one system call instead of many. */
export interface Hold {
  /** From now to the end of the turn. */
  hold(stream: Writable): void;
  /** Lets everything go at once. */
  release(): void;
}

export function createHold(): Hold {
  const held = new Set<Writable>();
  const release = (): void => {
    for (const stream of held) stream.uncork();
    held.clear();
  };
  return {
    hold: (stream) => {
      if (held.has(stream)) return;
      if (held.size === 0) setImmediate(release);
      held.add(stream);
      stream.cork();
    },
    release,
  };
}
