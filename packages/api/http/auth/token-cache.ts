/** Verified tokens, known by their hash until they expire: at most so many, the oldest goes first. */
import { hash } from 'node:crypto';
import { createBoundedMap } from '@inventory/runtime/bounded-map.ts';

interface TokenCache<T> {
  /** Undefined for a token that is not known, or has expired. */
  get(token: string): T | undefined;
  /** Remembers what was verified, until then in ms since 1970. */
  set(token: string, verified: T, untilMs: number): void;
  clear(): void;
  size(): number;
}

/** @param max tokens that are kept, at most */
export function createTokenCache<T>(max: number): TokenCache<T> {
  const known = createBoundedMap<string, { readonly verified: T; readonly untilMs: number }>(max);
  return {
    get: (token) => {
      const entry = known.get(hashOf(token));
      return entry !== undefined && entry.untilMs > Date.now() ? entry.verified : undefined;
    },
    set: (token, verified, untilMs) => { known.set(hashOf(token), { verified, untilMs }); },
    clear: known.clear,
    size: known.size,
  };
}

/** Hashed, so that a memory dump shows no token that somebody could use. */
function hashOf(token: string): string {
  return hash('sha256', token, 'base64');
}
