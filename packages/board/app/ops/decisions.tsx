/** Who decided what about parked events, when and why, and what has become of the events since. */
import { useWords } from '../texts/texts.ts';
import type { Parked } from './parked.ts';
import { useOpsTexts } from './texts/texts.ts';

export function Decisions({ decisions }: { readonly decisions: Parked['decisions'] }) {
  const words = useWords();
  const ops = useOpsTexts();
  const { columns } = ops.decisions;
  const fate = ({ published, pending, parked_again: again, skipped }: Parked['decisions'][number]): string => [
    published > 0 ? ops.decisions.published(words.n(published)) : '', pending > 0 ? ops.decisions.pending(words.n(pending)) : '',
    again > 0 ? ops.decisions.again(words.n(again)) : '', skipped > 0 ? ops.decisions.skipped(words.n(skipped)) : '',
  ].filter((part) => part !== '').join(', ');
  return (
    <section class="card">
      <div class="hd"><h2>{ops.decisions.title}</h2></div>
      {decisions.length === 0 ? <p class="soft empty">{ops.decisions.none}</p> : (
        <div class="scroll" tabIndex={0} role="region" aria-label={ops.decisions.title}>
          <table class="list">
            <thead>
              <tr>
                <th scope="col" class="left">{columns.when}</th><th scope="col" class="left">{columns.who}</th><th scope="col" class="left">{columns.what}</th>
                <th scope="col" class="left">{columns.became}</th><th scope="col" class="left">{columns.why}</th>
              </tr>
            </thead>
            <tbody>
              {decisions.map((each) => (
                <tr key={each.at + each.first_event}>
                  <th scope="row">{words.dateTime(Date.parse(each.at))}</th>
                  <td class="left">{each.by}<small class="soft">{ops.decisions.via[each.via]}</small></td>
                  <td class="left">{each.action === 'parked.skip' ? ops.decisions.skip(words.n(each.events)) : ops.decisions.retry(words.n(each.events))}</td>
                  <td class="left">{fate(each)}</td>
                  <td class="left why">{each.note ?? '–'}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
