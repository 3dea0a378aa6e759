/** Before a token ends it is renewed, where the provider allows it. Else its user is told, with the way to go on: nothing is lost by it. */
import { useEffect, useState } from 'preact/hooks';
import { say } from '../parts/status.tsx';
import { useWords } from '../texts/texts.ts';
import { signInAt } from './arrival.ts';
import { leadMs, leftMs, renewSession } from './renewal.ts';
import type { Session } from './session.ts';

/** Until the first answer the server's time is not known. */
const CLOCK_MS = 1000;
/** Between two attempts to renew it. */
const AGAIN_MS = 5000;
/** As long as a timer can wait, in a round number of days. */
const MOST_MS = 20 * 86_400_000;

export function Ending({ session }: { readonly session: Session }) {
  const words = useWords();
  const { t } = words;
  const [left, setLeft] = useState<number>();
  const [fault, setFault] = useState(false);
  useEffect(() => {
    let over = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let clock: ReturnType<typeof setInterval> | undefined;
    const look = (): void => {
      const leftNow = leftMs(session);
      const inMs = leftNow === undefined ? CLOCK_MS : leftNow - leadMs(session);
      if (inMs > 0) {
        timer = setTimeout(look, Math.min(inMs, MOST_MS));
        return;
      }
      void renewSession().then((renewed) => {
        if (over || renewed) return;
        timer = setTimeout(look, AGAIN_MS);
        if (clock !== undefined) return;
        setLeft(leftMs(session));
        clock = setInterval(() => { setLeft(leftMs(session)); }, 1000);
        say(() => t.signIn.ends(words.span(leftMs(session) ?? 0)));
      });
    };
    if (session.expires !== undefined) look();
    return () => {
      over = true;
      clearTimeout(timer);
      clearInterval(clock);
      setLeft(undefined);
    };
  }, [session]);
  if (left === undefined) return null;
  return (
    <p class="trouble ending" data-kind="late">
      <i aria-hidden="true">◐</i>
      <span><b>{t.signIn.ends(words.span(left))}</b> {session.byProvider ? t.signIn.goOn : t.signIn.newToken}{fault ? <span class="fault" role="alert"> {t.signIn.away}</span> : null}</span>
      {session.byProvider ? <button type="button" onClick={() => { setFault(false); signInAt().catch(() => { setFault(true); }); }}>{t.signIn.again}</button> : null}
    </p>
  );
}
