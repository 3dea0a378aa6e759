/** Who reports, as what, and how long ago. A process that is silent keeps its last word for a day. */
import { useWords } from '../texts/texts.ts';
import type { Lag } from './trend.ts';

export function Processes({ lag: { processes } }: { readonly lag: Lag }) {
  const words = useWords();
  const { t } = words;
  const roles: Readonly<Record<string, string>> = t.pipeline.roles;
  return (
    <section class="card">
      <div class="hd"><h2>{t.pipeline.processes}</h2></div>
      <div class="scroll" tabIndex={0} role="region" aria-label={t.pipeline.processes}>
        <table class="list">
          <thead>
            <tr>
              <th scope="col">{t.pipeline.process}</th><th scope="col" class="left">{t.pipeline.instance}</th><th scope="col" class="left">{t.pipeline.role}</th>
              <th scope="col">{t.pipeline.reported}</th>
            </tr>
          </thead>
          <tbody>
            {processes.map(({ process, instance, role, age_seconds: seconds, current }) => (
              <tr key={`${process} ${instance}`}>
                <th scope="row">{process}</th>
                <td class="left mono">{instance}</td>
                <td class="left">{role === null ? '–' : roles[role] ?? role}</td>
                <td {...(current ? {} : { 'data-level': 'low' })}>{current ? '' : `◐ ${t.pipeline.gone}, `}{t.pipeline.ago(words.span(seconds * 1000))}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
