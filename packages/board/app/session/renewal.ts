/**
 * When a session has to be renewed, by the server's time, and how. A token that ends while nobody looks, as behind the lid of a laptop, is
 * renewed by the next call.
 */
import { serverNow } from '../live/clock.ts';
import { providerHere } from './provider.ts';
import { keepSession, readToken, session } from './session.ts';
import type { Session } from './session.ts';

const MOST_LEAD_MS = 120_000;

/** Milliseconds before its end at which a token is to be renewed: two minutes, and of a short one the second half of its time. */
export function leadMs({ issued, expires }: Pick<Session, 'issued' | 'expires'>): number {
  return issued === undefined || expires === undefined ? MOST_LEAD_MS : Math.min(MOST_LEAD_MS, (expires - issued) * 500);
}

/** Milliseconds until a token ends; undefined where it does not say, or the server's time is not known yet. */
export function leftMs({ expires }: Pick<Session, 'expires'>): number | undefined {
  const now = serverNow();
  return expires === undefined || now === undefined ? undefined : expires * 1000 - now;
}

let renewing: Promise<boolean> | undefined;

/** Renews the session, once for all that ask meanwhile. @returns false where that cannot be done, now or ever */
export function renewSession(): Promise<boolean> {
  renewing ??= renewOnce().catch(() => false).finally(() => { renewing = undefined; });
  return renewing;
}

async function renewOnce(): Promise<boolean> {
  const [before, provider] = [session.get(), providerHere()];
  if (before?.byProvider !== true || provider === undefined) return false;
  const { renewToken } = await import('./oidc.ts');
  const token = await renewToken(provider);
  const found = token === undefined ? undefined : readToken(token);
  // Whoever has signed out meanwhile stays out. A provider that gives the same token again has not renewed it.
  if (found === undefined || session.get() !== before || found.expires === before.expires) return false;
  keepSession({ ...found, byProvider: true });
  return true;
}

/** The token for a call: a new one where the old one has ended and may be renewed. */
export async function currentToken(): Promise<string> {
  const found = session.get();
  if (found !== undefined && (leftMs(found) ?? Infinity) <= 0) await renewSession();
  return session.get()?.token ?? '';
}
