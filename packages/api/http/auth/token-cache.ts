/** Tokens that were verified, known by their hash until they expire: never more than so many, the oldest goes first. */
import { hash } from 'node:crypto';

export interface TokenCache<T> {
  /** Undefined for a token that is not known, or has expired. */
  get(token: string): T | undefined;
  /** Remembers what was verified, until then in ms since 1970. */
  set(token: string, verified: T, untilMs: number): void;
  clear(): void;
  size(): number;
}

/** @param max tokens that are kept, at most */
export function createTokenCache<T>(max: number): TokenCache<T> {
  const known = new Map<string, { readonly verified: T; readonly untilMs: number }>();
  return {
    get: (token) => {
      const entry = known.get(hashOf(token));
      return entry !== undefined && entry.untilMs > Date.now() ? entry.verified : undefined;
    },
    set: (token, verified, untilMs) => {
      const hash = hashOf(token);
      const [oldest] = known.keys();
      if (known.size >= max && !known.has(hash) && oldest !== undefined) known.delete(oldest);
      known.set(hash, { verified, untilMs });
    },
    clear: () => { known.clear(); },
    size: () => known.size,
  };
}

/** A memory dump shows no token that somebody could use. */
function hashOf(token: string): string {
  return hash('sha256', token, 'base64');
}
