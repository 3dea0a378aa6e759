/** Signing in with a token. Where `npm start` runs on this machine, the page offers the tokens that it has made. */
import { useEffect, useState } from 'preact/hooks';
import { BASE } from '../place.ts';
import { useStore } from '../parts/store.ts';
import { useWords } from '../texts/texts.ts';
import type { Texts } from '../texts/en.ts';
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
  const [fault, setFault] = useState(why === 'refused' ? t.signIn.refused : undefined);
  useEffect(() => {
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
  return (
    <section class="card sign-in">
      <span class="mark" aria-hidden="true" />
      <h1 tabIndex={-1}>{t.title}</h1>
      <p class="soft">{t.signIn.lead}</p>
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
      <form
        onSubmit={(event) => {
          event.preventDefault();
          enter(String(new FormData(event.currentTarget).get('token') ?? ''));
        }}
      >
        <label for="token">{t.signIn.label}</label>
        <textarea id="token" name="token" rows={3} required spellcheck={false} autocomplete="off" aria-describedby="token-hint" />
        <p id="token-hint" class="soft">{t.signIn.hint}</p>
        {fault === undefined ? null : <p class="fault" role="alert">{fault}</p>}
        <button type="submit" class="primary">{t.signIn.submit}</button>
      </form>
    </section>
  );
}
