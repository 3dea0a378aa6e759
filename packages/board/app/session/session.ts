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
  readonly expires: number | undefined;
}

const KEY = 'inventory.board.token';

/** What a token says of its user; undefined for what is no token. */
export function readToken(text: string): Session | undefined {
  const token = text.trim().replace(/^Bearer\s+/i, '');
  const [, payload, signature] = token.split('.');
  if (payload === undefined || signature === undefined) return undefined;
  try {
    const bytes = Uint8Array.from(atob(payload.replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0));
    const claims: Readonly<Record<string, unknown>> = JSON.parse(new TextDecoder().decode(bytes));
    const { sub, user_id: userId, role, store_ids: stores, exp } = claims;
    return {
      token, user: String(userId ?? sub ?? ''), role: String(role ?? ''),
      stores: Array.isArray(stores) ? stores.map(String) : [], expires: typeof exp === 'number' ? exp : undefined,
    };
  } catch {
    return undefined;
  }
}

/** Why nobody is signed in, where somebody was. */
type SignedOut = 'refused' | 'left' | undefined;

export const session = createStore<Session | undefined>(undefined);
export const signedOut = createStore<SignedOut>(undefined);

/** Takes up the session of this tab after a reload. */
export function resumeSession(): void {
  const kept = sessionStorage.getItem(KEY);
  session.set(kept === null ? undefined : readToken(kept));
}

export function signIn(found: Session): void {
  sessionStorage.setItem(KEY, found.token);
  signedOut.set(undefined);
  session.set(found);
}

/** @param why 'refused' when the API does not accept the token any more */
export function signOut(why: Exclude<SignedOut, undefined>): void {
  sessionStorage.removeItem(KEY);
  signedOut.set(why);
  session.set(undefined);
}

/** Staff see events, holds and explanations. A vendor sees them of his own stores. */
export function mayExplain({ role, stores }: Session, store: string): boolean {
  return role === 'admin' || (role === 'vendor' && stores.includes(store));
}

export const isStaff = ({ role }: Session): boolean => role === 'admin' || role === 'vendor';
