/** The head of every page: where to go, whether the numbers are live, how old they are, and how fast they come. */
import { useEffect, useState } from 'preact/hooks';
import { asOf, connection, latency, pausable, paused } from '../live/state.ts';
import { offset, serverNow } from '../live/clock.ts';
import { useStore } from '../parts/store.ts';
import type { Place } from '../place.ts';
import { here, linkTo, opsPlaceOf, setQuery } from '../place.ts';
import { leave } from '../session/arrival.ts';
import type { Session } from '../session/session.ts';
import { useWords } from '../texts/texts.ts';

/** Numbers that are older are called late. The server says every five seconds how old they are. */
const LATE_MS = 8000;

interface Props { readonly session: Session; readonly page: Place['page'] }

export function Head({ session, page }: Props) {
  const { t, language } = useWords();
  const { query } = useStore(here);
  const link = (to: 'board' | 'pipeline', text: string) => (
    <a href={linkTo({ page: to }, query)} {...(page === to || (to === 'pipeline' && opsPlaceOf(page) !== undefined) ? { 'aria-current': 'page' as const } : {})}>{text}</a>
  );
  return (
    <header>
      <a class="brand" href={linkTo({ page: 'board' }, query)}><span class="mark" aria-hidden="true" />{t.title}</a>
      <nav aria-label={t.nav.label}>
        {link('board', t.nav.board)}
        {session.role === 'admin' ? link('pipeline', t.nav.console) : null}
        <a href="/api/v1/docs" target="_blank" rel="noreferrer">{t.nav.docs}</a>
      </nav>
      <Live />
      <details
        class="pick who"
        onKeyDown={(event) => {
          if (event.key !== 'Escape' || !event.currentTarget.open) return;
          event.currentTarget.open = false;
          event.currentTarget.querySelector('summary')?.focus();
        }}
      >
        <summary>{session.role === '' ? session.user : session.role}</summary>
        <div>
          <p><b>{session.user}</b><br /><span class="soft">{session.stores.length === 0 ? session.role : session.stores.join(', ')}</span></p>
          <p class="row">
            <button type="button" lang="en" aria-pressed={language === 'en'} onClick={() => { setQuery({ lang: 'en' }); }}>English</button>
            <button type="button" lang="es" aria-pressed={language === 'es'} onClick={() => { setQuery({ lang: 'es' }); }}>Español</button>
          </p>
          <button type="button" onClick={() => { void leave(session); }}>{t.nav.signOut}</button>
        </div>
      </details>
    </header>
  );
}

/** Draws again each second, because what it says is an age. */
function useSeconds(): void {
  const [, drawAgain] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => { drawAgain((count) => count + 1); }, 1000);
    return () => { clearInterval(timer); };
  }, []);
}

function Live() {
  const words = useWords();
  const { t } = words;
  useSeconds();
  const [state, read, speed, clock] = [useStore(connection), useStore(asOf), useStore(latency), useStore(offset)];
  const [canPause, pausing] = [useStore(pausable), useStore(paused)];
  if (state === undefined) return <div class="live" />;
  const old = read === undefined ? undefined : Math.max(0, (serverNow() ?? read) - read);
  const isLate = old !== undefined && old > LATE_MS;
  const kind = state.kind === 'live' && isLate ? 'late' : state.kind;
  const said = state.kind === 'reconnecting' ? t.head.reconnecting(words.span(Math.max(0, Math.ceil((state.nextAt - performance.now()) / 1000) * 1000)))
    : isLate ? t.head.late : t.head[state.kind];
  return (
    <div class="live">
      <span class="pill" data-state={kind} title={clock === undefined ? '' : t.head.clock(words.number(Math.round(clock.error)))}>
        <i aria-hidden="true" />{said}
        {speed === undefined ? null : <span class="soft wide">{t.head.latency(words.number(Math.round(speed.p50)), words.number(Math.round(speed.p99)))}{clock === undefined ? '' : ` ± ${words.number(Math.ceil(clock.error))}`}</span>}
      </span>
      {read === undefined ? null : (
        <span class="age">
          <span class="soft">{t.head.asOf}</span> <span class="mono">{words.time(read)}</span>
          {isLate ? <b class="old"> · {t.head.old(words.span(old))}</b> : null}
        </span>
      )}
      {!canPause ? null : <button type="button" aria-pressed={pausing !== undefined} onClick={() => { paused.set(pausing === undefined ? { waiting: 0 } : undefined); }}>
        {pausing === undefined ? t.head.pause : t.head.resume}
      </button>}
      {pausing === undefined ? null : <b class="waits">{t.head.waiting(words.n(pausing.waiting))}</b>}
    </div>
  );
}
