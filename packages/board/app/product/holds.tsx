/**
 * The open holds of a product, with what is left of their time by the server's clock: the browser's may be wrong by an hour.
 * At zero a hold reads "lapsed", as the API says it, whether or not it has been swept.
 */
import { useEffect, useState } from 'preact/hooks';
import { serverNow } from '../live/clock.ts';
import { makerText } from '../shell/actor.ts';
import { useWords } from '../texts/texts.ts';
import type { StoreFacts } from './facts.ts';

type Hold = StoreFacts['holds'][number];

const TICK_MS = 500;
const AROUND = 2 * Math.PI * 9;
/** What a ring shows at most: the usual time of a hold. */
const FULL_MS = 600_000;

export function Holds({ holds }: { readonly holds: readonly (Hold & { readonly store: string })[] }) {
  const { t } = useWords();
  const [, drawAgain] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => { drawAgain((count) => count + 1); }, TICK_MS);
    return () => { clearInterval(timer); };
  }, []);
  return (
    <section class="card">
      <div class="hd"><h2>{t.product.holds}</h2><span class="soft">{t.product.byServer}</span></div>
      {holds.length === 0 ? <p class="soft empty">{t.product.noHolds}</p> : (
        <div class="scroll" tabIndex={0} role="region" aria-label={t.product.holds}>
          <table class="list">
            <thead>
              <tr>
                <th scope="col">{t.product.endsIn}</th><th scope="col">{t.product.units}</th><th scope="col">{t.product.store}</th>
                <th scope="col">{t.product.madeBy}</th><th scope="col">{t.product.reference}</th>
              </tr>
            </thead>
            <tbody>{holds.map((hold) => <Row key={hold.reservation_id} hold={hold} />)}</tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function Row({ hold }: { readonly hold: Hold & { readonly store: string } }) {
  const words = useWords();
  const { t } = words;
  const now = serverNow();
  const leftMs = now === undefined ? undefined : Date.parse(hold.expires_at) - now;
  const lapsed = hold.lapsed || (leftMs !== undefined && leftMs <= 0);
  const part = lapsed || leftMs === undefined ? 0 : Math.min(1, leftMs / FULL_MS);
  return (
    <tr>
      <td>
        <svg class="ring" viewBox="0 0 22 22" aria-hidden="true">
          <circle cx="11" cy="11" r="9" />
          <circle cx="11" cy="11" r="9" class={part < 0.1 ? 'short' : 'long'} stroke-dasharray={`${part * AROUND} ${AROUND}`} transform="rotate(-90 11 11)" />
        </svg>
        <b class="countdown" role="timer" aria-live="off" title={lapsed ? t.product.lapsedHint : hold.expires_at}>
          {lapsed ? t.product.lapsed : leftMs === undefined ? '–' : words.countdown(leftMs)}
        </b>
      </td>
      <td>{words.number(hold.quantity)}</td>
      <td>{hold.store}</td>
      <td>{makerText(t, hold)}</td>
      <td class="soft">{hold.reference ?? '–'}</td>
    </tr>
  );
}
