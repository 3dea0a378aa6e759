/** A value that several parts of the page read, and that tells them when it changes. */
import { useEffect, useState } from 'preact/hooks';

interface Store<T> {
  readonly get: () => T;
  readonly set: (value: T) => void;
  /** @returns what ends it */
  readonly subscribe: (listener: (value: T) => void) => () => void;
}

/** Creates a store; listeners hear of each value that is another than the last. */
export function createStore<T>(initial: T): Store<T> {
  let value = initial;
  const listeners = new Set<(value: T) => void>();
  return {
    get: () => value,
    set: (next) => {
      if (Object.is(next, value)) return;
      value = next;
      for (const listener of listeners) listener(next);
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => { listeners.delete(listener); };
    },
  };
}

/** The value of the store, which draws the component again when it changes. */
export function useStore<T>(store: Store<T>): T {
  const [value, setValue] = useState(() => store.get());
  useEffect(() => {
    setValue(() => store.get());
    return store.subscribe((next) => { setValue(() => next); });
  }, [store]);
  return value;
}
