/**
 * Who looks at the board. The token is kept in memory and in sessionStorage, which ends with the tab; it is sent in a header
 * and never stands in a URL. What the page reads in it decides only what is shown: the API decides what may be read.
 */
import { createStore } from '../parts/store.ts';

export interface Session {
  readonly token: string;
  readonly user: string;
  readonly role: string;
  /** Empty for roles that reach all stores. */
  readonly stores: readonly string[];
  /** Seconds since 1970; undefined where the token does not say. */
  readonly issued: number | undefined;
  readonly expires: number | undefined;
  /** Whether the identity provider of the page has signed it in. */
  readonly byProvider: boolean;
}

const KEY = 'inventory.board.token';
const BY_PROVIDER_KEY = 'inventory.board.by-provider';

/** What a token says of its user; undefined for what is no token. */
export function readToken(text: string): Session | undefined {
  const token = text.trim().replace(/^Bearer\s+/i, '');
  const [, payload, signature] = token.split('.');
  if (payload === undefined || signature === undefined) return undefined;
  try {
    const bytes = Uint8Array.from(atob(payload.replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0));
    const claims: Readonly<Record<string, unknown>> = JSON.parse(new TextDecoder().decode(bytes));
    const { sub, user_id: userId, role, store_ids: stores, exp, iat } = claims;
    return {
      token, user: String(userId ?? sub ?? ''), role: String(role ?? ''),
      stores: Array.isArray(stores) ? stores.map(String) : [], byProvider: false,
      issued: typeof iat === 'number' ? iat : undefined, expires: typeof exp === 'number' ? exp : undefined,
    };
  } catch {
    return undefined;
  }
}

/** Why nobody is signed in, where somebody was. */
type SignedOut = 'refused' | 'left' | 'failed' | undefined;

export const session = createStore<Session | undefined>(undefined);
export const signedOut = createStore<SignedOut>(undefined);

/** Takes up the session of this tab after a reload. */
export function resumeSession(): void {
  const kept = sessionStorage.getItem(KEY);
  const found = kept === null ? undefined : readToken(kept);
  session.set(found === undefined ? undefined : { ...found, byProvider: sessionStorage.getItem(BY_PROVIDER_KEY) !== null });
}

/** Whose session it is: another token of the same user, with the same rights, is no other one. */
export const identityOf = ({ user, role, stores }: Session): string => JSON.stringify([user, role, stores]);

export function signIn(found: Session): void {
  signedOut.set(undefined);
  keepSession(found);
}

/** Puts a token in the place of the one before. */
export function keepSession(found: Session): void {
  sessionStorage.setItem(KEY, found.token);
  if (found.byProvider) sessionStorage.setItem(BY_PROVIDER_KEY, 'yes');
  else sessionStorage.removeItem(BY_PROVIDER_KEY);
  session.set(found);
}

/** @param why 'refused' when the API does not accept the token any more */
export function signOut(why: 'refused' | 'left'): void {
  sessionStorage.removeItem(KEY);
  sessionStorage.removeItem(BY_PROVIDER_KEY);
  signedOut.set(why);
  session.set(undefined);
}

/** Staff see events, holds and explanations. A vendor sees them of his own stores. */
export function mayExplain({ role, stores }: Session, store: string): boolean {
  return role === 'admin' || (role === 'vendor' && stores.includes(store));
}

export const isStaff = ({ role }: Session): boolean => role === 'admin' || role === 'vendor';
