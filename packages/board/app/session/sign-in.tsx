/**
 * Signing in: at the identity provider where the server names one, or with a token. Where `npm start` runs on this machine, the page
 * offers the tokens that it has made.
 */
import { useEffect, useState } from 'preact/hooks';
import { BASE } from '../place.ts';
import { useStore } from '../parts/store.ts';
import { useWords } from '../texts/texts.ts';
import type { Texts } from '../texts/en.ts';
import { signInAt } from './arrival.ts';
import { providerHere } from './provider.ts';
import { readToken, signedOut, signIn } from './session.ts';

type Role = keyof Texts['signIn']['roles'];
const ROLES: readonly Role[] = ['admin', 'vendor', 'customer', 'service'];

/** The tokens of this machine's `npm start`, by role; empty anywhere else. */
async function readOffered(signal: AbortSignal): Promise<ReadonlyMap<Role, string>> {
  const response = await fetch(`${BASE}/tokens`, { signal });
  if (!response.ok) return new Map();
  const found: Readonly<Record<string, unknown>> = await response.json();
  return new Map(ROLES.flatMap((role) => {
    const token = found[role];
    return typeof token === 'string' ? [[role, token] as const] : [];
  }));
}

export function SignIn() {
  const { t } = useWords();
  const why = useStore(signedOut);
  const [offered, setOffered] = useState<ReadonlyMap<Role, string>>(new Map());
  const [fault, setFault] = useState(why === 'refused' ? t.signIn.refused : why === 'failed' ? t.signIn.failed : undefined);
  const [provider] = useState(providerHere);
  useEffect(() => {
    if (document.documentElement.dataset['offers'] === undefined) return undefined;
    const ended = new AbortController();
    // Without an answer there is nothing to offer, and the field below still works.
    readOffered(ended.signal).then(setOffered, () => undefined);
    return () => { ended.abort(); };
  }, []);
  const enter = (text: string): void => {
    const found = readToken(text);
    if (found === undefined) setFault(t.signIn.noToken);
    else signIn(found);
  };
  const leave = (): void => {
    // Without TLS a browser has no cryptography for a page, on this machine alone it has.
    setFault(isSecureContext ? undefined : t.signIn.insecure);
    if (!isSecureContext) return;
    signInAt().catch(() => { setFault(t.signIn.away); });
  };
  const form = (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        enter(String(new FormData(event.currentTarget).get('token') ?? ''));
      }}
    >
      <label for="token">{t.signIn.label}</label>
      <textarea id="token" name="token" rows={3} required spellcheck={false} autocomplete="off" aria-describedby="token-hint" />
      <p id="token-hint" class="soft">{t.signIn.hint}</p>
      <button type="submit" {...(provider === undefined ? { class: 'primary' } : {})}>{t.signIn.submit}</button>
    </form>
  );
  return (
    <section class="card sign-in">
      <span class="mark" aria-hidden="true" />
      <h1 tabIndex={-1}>{t.title}</h1>
      <p class="soft">{t.signIn.lead}</p>
      {fault === undefined ? null : <p class="fault" role="alert">{fault}</p>}
      {provider === undefined ? null : <button type="button" class="primary" onClick={leave}>{t.signIn.atProvider(new URL(provider.issuer).hostname)}</button>}
      {offered.size === 0 ? null : (
        <div class="offered">
          <p>{t.signIn.pick}</p>
          <ul>
            {[...offered].map(([role, token]) => (
              <li key={role}>
                <button type="button" onClick={() => { enter(token); }}>
                  <b>{t.signIn.roles[role]}</b><span class="soft">{t.signIn.roleHints[role]}</span>
                </button>
              </li>
            ))}
          </ul>
        </div>
      )}
      {provider === undefined ? form : <details><summary>{t.signIn.byToken}</summary>{form}</details>}
    </section>
  );
}
