/** Calls of one thing that come fast, drawn together: at most one in each `everyMs`, and one after the last. */
interface Throttled { readonly ask: () => void; readonly end: () => void }

export function throttled(everyMs: number, act: () => void): Throttled {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let actedAt = -Infinity;
  return {
    ask: () => {
      timer ??= setTimeout(() => {
        timer = undefined;
        actedAt = performance.now();
        act();
      }, Math.max(0, actedAt + everyMs - performance.now()));
    },
    end: () => { clearTimeout(timer); },
  };
}
