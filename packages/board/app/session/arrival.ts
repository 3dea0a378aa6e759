/** To the identity provider and back: the code that it puts into the URL is taken out of it before anything else is done. */
import { createStore } from '../parts/store.ts';
import { BASE, here, replacePlace } from '../place.ts';
import { isReturn, providerHere } from './provider.ts';
import { readToken, session, signedOut, signIn, signOut } from './session.ts';
import type { Session } from './session.ts';

/** True while the provider is asked for the token of whoever has just come back. */
export const arriving = createStore(false);

/** Leaves for the provider, to come back to this place. Rejects where it does not answer. */
export async function signInAt(): Promise<void> {
  const provider = providerHere();
  if (provider === undefined) return;
  const { leaveFor } = await import('./oidc.ts');
  await leaveFor(provider, location.pathname + location.search);
}

/** Signs in whoever has just come back; does nothing for all others. Who is signed in already stays so if it fails. */
export async function arrive(): Promise<void> {
  const provider = providerHere();
  const { query } = here.get();
  if (provider === undefined || !isReturn(query)) return;
  arriving.set(true);
  replacePlace(BASE);
  try {
    const { comeBack } = await import('./oidc.ts');
    const { token, back } = await comeBack(provider, query);
    const found = readToken(token);
    if (found === undefined) throw new Error('the provider gives tokens that are no JWT');
    replacePlace(back);
    signIn({ ...found, byProvider: true });
  } catch {
    if (session.get() === undefined) signedOut.set('failed');
  } finally {
    arriving.set(false);
  }
}

/** Signs out here, and at the provider that has signed one in. */
export async function leave({ byProvider }: Session): Promise<void> {
  const provider = providerHere();
  signOut('left');
  if (!byProvider || provider === undefined) return;
  const { leaveProvider } = await import('./oidc.ts');
  // One that does not answer keeps its own session; there is none here any more.
  await leaveProvider(provider).catch(() => undefined);
}
