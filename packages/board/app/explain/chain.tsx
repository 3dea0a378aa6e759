/** Every event of a row that the explanation shows one by one, the newest first. */
import { actorText, eventText } from '../shell/actor.ts';
import { useWords } from '../texts/texts.ts';
import type { Movement } from './steps.ts';
import { whatOf } from './steps.ts';

export function Chain({ chain }: { readonly chain: readonly Movement[] }) {
  const words = useWords();
  const { t } = words;
  return (
    <section class="card">
      <div class="hd"><h2>{t.explain.chain}</h2><span class="soft">{t.explain.shownEvents(words.n(chain.length))}</span></div>
      <div class="scroll" tabIndex={0} role="region" aria-label={t.explain.chain}>
        <table class="list">
          <thead>
            <tr>
              <th scope="col">{t.explain.when}</th><th scope="col" class="left">{t.explain.what}</th><th scope="col">{t.explain.change}</th>
              <th scope="col">{t.explain.then}</th><th scope="col" class="left">{t.explain.who}</th><th scope="col" class="left">{t.explain.reason}</th>
            </tr>
          </thead>
          <tbody>
            {[...chain].reverse().map((movement) => {
              const { version, time, delta, reserved_delta: heldMore, after, actor, note, reference } = movement;
              return (
                <tr key={version}>
                  <td><time dateTime={time} title={time}>{words.dateTime(Date.parse(time))}</time></td>
                  <td class="left">{eventText(t, whatOf(movement))}</td>
                  <td>
                    <b class={delta - heldMore < 0 ? 'minus' : 'plus'}>{words.signed(delta - heldMore)}</b>
                  </td>
                  <td><b>{words.number(after.available)}</b> <span class="soft">{after.reserved === 0 ? '' : t.board.held(words.number(after.reserved))}</span></td>
                  <td class="left">{actorText(t, actor)}</td>
                  <td class="left soft">{[note, reference].filter((part) => part !== null).join(' · ') || '–'}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </section>
  );
}
