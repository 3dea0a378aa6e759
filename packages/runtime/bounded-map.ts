/** A map that never holds more than so many keys: what is remembered for speed must not grow with what strangers send. */

export type BoundedMap<K, V> = {
  get(key: K): V | undefined;
  /** Beyond the bound, the key that was first set is forgotten. A key that is known keeps its place, and needs no room. */
  set(key: K, value: V): void;
  clear(): void;
  size(): number;
};

/** @param max keys that are kept, at most; at least 1 */
export function createBoundedMap<K, V>(max: number): BoundedMap<K, V> {
  const entries = new Map<K, V>();
  return {
    get: (key) => entries.get(key),
    set: (key, value) => {
      if (entries.size >= max && !entries.has(key)) forgetFirst(entries);
      entries.set(key, value);
    },
    clear: () => { entries.clear(); },
    size: () => entries.size,
  };
}

function forgetFirst<K>(entries: Map<K, unknown>): void {
  const { value, done } = entries.keys().next();
  if (done !== true) entries.delete(value);
}
