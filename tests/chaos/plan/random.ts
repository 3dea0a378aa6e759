/** Chance that can be repeated: the same seed draws the same, on every machine. */

export interface Random {
  /** From 0 to 1, the latter excluded. */
  next(): number;
  /** A whole number, both ends included. */
  int(least: number, most: number): number;
  /** @throws {RangeError} when there is nothing to choose from */
  pick<T>(items: readonly T[]): T;
  shuffle<T>(items: readonly T[]): readonly T[];
  /** True in this share of all cases. */
  chance(share: number): boolean;
  /** Another sequence, which does not move when this one is asked more or less often. */
  fork(name: string): Random;
}

/** @param seed any whole number; its lowest 32 bits count */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  // Mulberry32: 32 bits of state, and every one of them matters to the next number.
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = state;
    bits = Math.imul(bits ^ (bits >>> 15), bits | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
  const int = (least: number, most: number): number => least + Math.floor(next() * (most - least + 1));
  return {
    next,
    int,
    pick(items) {
      const item = items[int(0, items.length - 1)];
      if (item === undefined) throw new RangeError('nothing to choose from');
      return item;
    },
    shuffle(items) {
      const rest = [...items];
      return items.map(() => rest.splice(int(0, rest.length - 1), 1)).flat();
    },
    chance: (share) => next() < share,
    fork: (name) => createRandom(hashOf(`${seed} ${name}`)),
  };
}

/** 32 bits of a text (FNV-1a). */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}
