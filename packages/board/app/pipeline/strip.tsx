/** The steps of the way, with what lies between them: how long the step behind has been waiting, and whether it catches up. */
import { Plot } from '../parts/plot.tsx';
import { useWords } from '../texts/texts.ts';
import type { Lag } from './trend.ts';
import { trendOf } from './trend.ts';

type Samples = NonNullable<Lag['history']>['samples'];

interface Props {
  readonly lag: Lag;
  readonly samples: Samples;
  readonly committed: readonly (number | null)[];
}

/** The rate of so many newest samples is what is called "now". */
const NOW_SAMPLES = 6;

export function Strip({ lag, samples, committed }: Props) {
  const words = useWords();
  const { t } = words;
  const { log, publishing, view, processes } = lag;
  const recent = committed.slice(-NOW_SAMPLES).filter((value) => value !== null);
  const rate = recent.length === 0 ? undefined : recent.reduce((sum, value) => sum + value, 0) / recent.length;
  const leader = processes.find(({ process, role, current }) => process === 'relay' && role === 'leader' && current);
  const unsettled = Math.max(0, log.newest_position - log.settled_position);
  return (
    <div class="strip">
      <Node title={t.pipeline.nodes.writes} big={rate === undefined ? '–' : t.pipeline.perSecond(words.number(rate))} more={t.pipeline.committed} ok />
      <Arrow />
      <Node title={t.pipeline.nodes.log} big={words.number(log.newest_position)} more={t.pipeline.settled(words.number(unsettled))} ok />
      <Arrow
        ms={publishing === null ? undefined : (publishing.oldest_seconds ?? 0) * 1000}
        samples={samples.flatMap(({ at, oldest_seconds: seconds, backlog }) => (backlog === null ? [] : [{ at, value: seconds ?? 0 }]))}
      />
      <Node
        title={t.pipeline.nodes.stream} big={publishing === null ? t.pipeline.silent : t.pipeline.waits(words.n(publishing.backlog))}
        more={leader === undefined ? t.pipeline.noLeader : `${t.pipeline.leader(leader.instance)} · ${t.pipeline.publishes(words.number(publishing?.published_per_second ?? 0))}`}
        ok={publishing?.leader === true}
      />
      <Arrow
        ms={view?.behind_ms ?? undefined}
        samples={samples.flatMap(({ at, behind_ms: ms }) => (ms === null ? [] : [{ at, value: ms / 1000 }]))}
      />
      <Node
        title={t.pipeline.nodes.view} big={view === null ? t.pipeline.silent : view.events_behind === 0 ? t.pipeline.complete : t.pipeline.behind(words.n(view.events_behind ?? 0))}
        more={view?.complete_as_of == null ? t.pipeline.silent : `${t.head.asOf} ${words.time(Date.parse(view.complete_as_of))}`} ok={view !== null && view.behind_ms !== null}
      />
    </div>
  );
}

function Node({ title, big, more, ok }: { readonly title: string; readonly big: string; readonly more: string; readonly ok: boolean }) {
  return (
    <section class="node card" data-ok={ok}>
      <h2>{title}<i aria-hidden="true">{ok ? '●' : '○'}</i></h2>
      <p class="big">{big}</p>
      <p class="soft">{more}</p>
    </section>
  );
}

interface ArrowProps { readonly ms?: number | undefined; readonly samples?: readonly { readonly at: string; readonly value: number }[] }

function Arrow({ ms, samples = [] }: ArrowProps) {
  const words = useWords();
  const { t } = words;
  if (ms === undefined) return <div class="arrow" aria-hidden="true">→</div>;
  const trend = t.pipeline.trends[trendOf(samples)];
  return (
    <div class="arrow">
      <b>{t.pipeline.behindTime(words.span(ms))}</b>
      <Plot
        times={samples.map(({ at }) => Date.parse(at) / 1000)} lines={[{ label: '', colour: 'accent', values: samples.map(({ value }) => value) }]}
        height={20} axes={false} language={words.language} text={`${trend}, ${t.pipeline.over5}`}
      />
      <span class="soft">{trend}, {t.pipeline.over5}</span>
    </div>
  );
}
