/** The way of a number, step by step, and how far each step is behind, by what relay and projector report of themselves. */
import type { Client } from '@inventory/client/client.ts';
import { useState } from 'preact/hooks';
import { Plot } from '../parts/plot.tsx';
import type { Session } from '../session/session.ts';
import { Command } from '../shell/command.tsx';
import { Failure } from '../shell/failure.tsx';
import { SOON_AGAIN, usePolled } from '../shell/polled.ts';
import { useWords } from '../texts/texts.ts';
import { Consumers, isLate } from './consumers.tsx';
import type { ConsumersFound } from './consumers.tsx';
import { Processes } from './processes.tsx';
import { Strip } from './strip.tsx';
import type { Lag } from './trend.ts';
import { seriesOf } from './trend.ts';

interface Found { readonly lag: Lag; readonly consumers: ConsumersFound }

interface Props { readonly client: Client; readonly session: Session }

const EVERY_MS = 2000;
/** The history is longer, and moves slowly: it is read with every so many answers. */
const HISTORY_EVERY = 5;
const HISTORY_SECONDS = 900;

export function PipelinePage({ client, session }: Props) {
  const words = useWords();
  const { t } = words;
  const [history, setHistory] = useState<NonNullable<Lag['history']>>();
  const { value, failure } = usePolled(EVERY_MS, [client], async (signal, turn): Promise<Found> => {
    const options = { signal, ...SOON_AGAIN };
    const [lag, { consumers }] = await Promise.all([
      client.getLag(turn % HISTORY_EVERY === 0 ? { history: HISTORY_SECONDS } : {}, options), client.getConsumers({}, options),
    ]);
    if (lag.history !== undefined) setHistory(lag.history);
    return { lag, consumers };
  });

  if (failure !== undefined) return <Failure code={failure} role={session.role} />;
  if (value === undefined) return <p class="soft wait">{t.loading}</p>;
  const { lag, consumers } = value;
  const series = seriesOf(history ?? { seconds: 0, samples: [] });
  const late = (consumers ?? []).filter((each) => each.durable && isLate(each)).map(({ name, seconds_behind: seconds }) =>
    t.pipeline.consumers.late(name, seconds === null ? t.pipeline.consumers.gone : words.span(seconds * 1000)));
  const problems = [...lag.problems, ...late];
  return (
    <>
      <div class="title">
        <div><h1 tabIndex={-1}>{t.pipeline.title}</h1><p class="soft">{t.pipeline.lead}</p></div>
        <p class="soft">{t.pipeline.readAt(words.time(Date.parse(lag.at)))}</p>
      </div>
      <Strip lag={lag} samples={history?.samples ?? []} committed={series.committed} />
      {problems.length === 0 ? (
        <p class="trouble" data-kind="well"><i aria-hidden="true">✓</i><span><b>{t.pipeline.well}</b> <span class="soft">{t.pipeline.wellMore}</span></span></p>
      ) : problems.map((problem) => <Problem key={problem} text={problem} />)}
      <div class="two">
        <PlotCard
          title={t.pipeline.behindPlot} unit={t.pipeline.seconds} times={series.times}
          lines={[{ label: t.pipeline.publishing, colour: 'accent', values: series.publishingSeconds }, { label: t.pipeline.view, colour: 'low', values: series.viewSeconds }]}
        />
        <PlotCard
          title={t.pipeline.ratePlot} unit={t.pipeline.last15} times={series.times}
          lines={[{ label: t.pipeline.committedLine, colour: 'accent', values: series.committed }, { label: t.pipeline.publishedLine, colour: 'low', values: series.published }]}
        />
      </div>
      <Consumers consumers={consumers} />
      <Processes lag={lag} />
      <Command label={t.explain.command} text="npm run relay -- status && npm run projector -- status" />
    </>
  );
}

/** A problem as the API says it: the page of the runbook is named at its end. */
function Problem({ text }: { readonly text: string }) {
  const { t } = useWords();
  const [, sentence = text, runbook] = /^(.*?)(?:: runbook (\w+))?$/.exec(text) ?? [];
  return (
    <p class="trouble">
      <i aria-hidden="true">◐</i>
      <span><b>{sentence}</b> {runbook === undefined ? null : <span class="soft">{t.pipeline.runbook}: <code class="mono">docs/runbooks/{runbook}.md</code></span>}</span>
    </p>
  );
}

type PlotProps = Parameters<typeof Plot>[0];

function PlotCard({ title, unit, times, lines }: Pick<PlotProps, 'times' | 'lines'> & { readonly title: string; readonly unit: string }) {
  const words = useWords();
  const now = (values: readonly (number | null)[]): string => {
    const last = values.findLast((value) => value !== null);
    return last === undefined ? '–' : words.number(last);
  };
  return (
    <section class="card">
      <div class="hd"><h2>{title}</h2><span class="soft">{unit}</span></div>
      <div class="plotted">
        <Plot times={times} lines={lines} height={170} axes language={words.language} value={words.number} text={`${title}: ${lines.map(({ label, values }) => `${label} ${now(values)}`).join(', ')}`} />
        <p class="legend">{lines.map(({ label, colour, values }) => <span key={label}><i class={colour} aria-hidden="true" />{label} <b>{now(values)}</b></span>)}</p>
      </div>
    </section>
  );
}
