/** The steps to a number, as bars in one scale. It is a table for who cannot see the bars. */
import { eventText } from '../shell/actor.ts';
import type { Texts } from '../texts/en.ts';
import type { Words } from '../texts/texts.ts';
import { useWords } from '../texts/texts.ts';
import type { Step } from './steps.ts';

function textOf(step: Step, t: Texts, words: Words): string {
  switch (step.what) {
    case 'start': return t.explain.start;
    case 'opening': return t.explain.opening;
    case 'available': return t.explain.available;
    case 'held': return t.explain.held(words.n(step.events));
    case 'count': return t.explain.count(step.time === undefined ? '' : words.dateTime(Date.parse(step.time)));
    default: return t.explain.times(eventText(t, step.what), words.n(step.events));
  }
}

export function Waterfall({ steps }: { readonly steps: readonly Step[] }) {
  const words = useWords();
  const { t } = words;
  const most = Math.max(1, ...steps.flatMap(({ from, to }) => [from, to]));
  return (
    <table class="waterfall">
      <caption class="unseen">{t.explain.steps}</caption>
      <colgroup><col class="step" /><col /><col class="change" /></colgroup>
      <thead class="unseen"><tr><th scope="col">{t.explain.step}</th><td /><th scope="col">{t.explain.change}</th></tr></thead>
      <tbody>
        {steps.map((step) => {
          const { kind, what, change, from, to } = step;
          const [left, width] = [Math.min(from, to) / most * 100, Math.abs(to - from) / most * 100];
          return (
            <tr key={what} data-kind={kind}>
              <th scope="row">{textOf(step, t, words)}</th>
              <td class="track"><i style={{ left: `${left}%`, width: `max(2px, ${width}%)` }} /></td>
              <td><b>{kind === 'start' || kind === 'end' ? words.number(change) : words.signed(change)}</b></td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
