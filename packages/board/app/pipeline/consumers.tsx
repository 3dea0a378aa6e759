/** Who consumes the stream, and how far each is behind. */
import type { Output } from '@inventory/client/client.ts';
import { useWords } from '../texts/texts.ts';

export type ConsumersFound = Output<'getConsumers'>['consumers'];

type Consumer = NonNullable<ConsumersFound>[number];

/** Whoever is further behind is marked, as for the alert ViewNotSealed. */
const LATE_SECONDS = 5;

export const isLate = ({ seconds_behind: seconds }: Consumer): boolean => seconds === null || seconds > LATE_SECONDS;

export function Consumers({ consumers }: { readonly consumers: ConsumersFound }) {
  const words = useWords();
  const { t: { pipeline: { consumers: t } } } = words;
  return (
    <section class="card">
      <div class="hd"><h2>{t.title}</h2><span class="soft">{t.lead}</span></div>
      {consumers === null ? <p class="soft empty">{t.unknown}</p> : consumers.length === 0 ? <p class="soft empty">{t.none}</p> : (
        <div class="scroll" tabIndex={0} role="region" aria-label={t.title}>
          <table class="list">
            <thead>
              <tr>
                <th scope="col">{t.columns.name}</th><th scope="col" class="left">{t.columns.filter}</th><th scope="col">{t.columns.behind}</th>
                <th scope="col">{t.columns.pending}</th><th scope="col">{t.columns.unacknowledged}</th><th scope="col">{t.columns.redelivered}</th>
              </tr>
            </thead>
            <tbody>
              {consumers.map((each) => {
                const { name, durable, filter, pending, unacknowledged, redelivered, seconds_behind: seconds } = each;
                const late = isLate(each);
                return (
                  <tr key={name}>
                    <th scope="row">{name}{durable ? null : <small class="soft"> {t.passing}</small>}</th>
                    <td class="left mono">{filter.length === 0 ? t.all : filter.join(', ')}</td>
                    <td {...(late ? { 'data-level': 'low' } : {})}>{late ? '◐ ' : ''}{seconds === null ? t.gone : seconds === 0 ? t.nothing : words.span(seconds * 1000)}</td>
                    <td>{words.number(pending)}</td><td>{words.number(unacknowledged)}</td><td>{words.number(redelivered)}</td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
