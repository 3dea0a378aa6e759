/** Whether what is read, what is published and what is in the log agree, by what the projectors and the relay found last. */
import type { Client, Output } from '@inventory/client/client.ts';
import { here, linkTo } from '../place.ts';
import { useStore } from '../parts/store.ts';
import type { Session } from '../session/session.ts';
import { Command } from '../shell/command.tsx';
import { Failure } from '../shell/failure.tsx';
import { useWords } from '../texts/texts.ts';
import { SOON_AGAIN, usePolled } from '../shell/polled.ts';
import { isFull } from './console.ts';
import { useOpsTexts } from './texts/texts.ts';
import { ViewJobsCard } from './view-jobs.tsx';

interface Props { readonly client: Client; readonly session: Session }
type Consistency = Output<'getConsistency'>;

const EVERY_MS = 2000;
/** Of the jobs. */
const SHOWN = 10;

export function ConsistencyPage({ client, session }: Props) {
  const words = useWords();
  const { t } = words;
  const ops = useOpsTexts();
  const { query } = useStore(here);
  const { value, failure, again } = usePolled(EVERY_MS, [client], async (signal) => {
    const options = { signal, ...SOON_AGAIN };
    const [found, { jobs }] = await Promise.all([client.getConsistency({}, options), client.getViewJobs({ limit: SHOWN }, options)]);
    return { ...found, jobs };
  });
  if (failure !== undefined) return <Failure code={failure} role={session.role} again={again} />;
  if (value === undefined) return <p class="soft wait">{t.loading}</p>;
  const { at, consistent, view, events, jobs } = value;
  const age = (time: string): string => t.pipeline.ago(words.span(Date.parse(at) - Date.parse(time)));
  const differ = view?.divergent_products ?? 0;
  return (
    <>
      <div class="title">
        <div><h1 tabIndex={-1}>{ops.consistency.title}</h1><p class="soft">{ops.consistency.lead}</p></div>
        <p class="soft">{t.pipeline.readAt(words.time(Date.parse(at)))}</p>
      </div>
      {consistent === true ? <Sentence kind="well" shape="✓" text={ops.consistency.agrees} more={ops.consistency.agreesMore} />
        : consistent === false ? <Sentence kind="lost" shape="○" text={ops.consistency.differs(words.n(differ))} more={ops.consistency.differsMore} />
          : <Sentence kind="late" shape="◐" text={ops.consistency.unknown} more={ops.consistency.unknownMore} />}
      {events === null ? <Sentence kind="late" shape="◐" text={ops.consistency.noRelay} more="" />
        : events.parked === 0 ? null : <Sentence kind="late" shape="◐" text={ops.consistency.parked(words.n(events.parked), words.n(events.waiting))} more="" />}
      <div class="facets">
        <Facet title={ops.consistency.checked} big={view === null ? '–' : age(view.checked_at)} more={ops.consistency.checkedMore} />
        <Facet
          title={ops.consistency.round} big={view?.all_checked_at == null ? '–' : age(view.all_checked_at)}
          more={view?.all_products == null ? ops.consistency.noRound : ops.consistency.products(words.n(view.all_products))}
        />
        <Facet title={ops.consistency.different} big={view === null ? '–' : words.number(differ)} more={ops.consistency.differentMore} />
        <Facet
          title={ops.consistency.unpublished} big={events === null ? '–' : words.number(events.parked)}
          more={events === null ? t.pipeline.silent : ops.consistency.unpublishedMore(words.number(events.waiting), words.number(events.skipped))}
          href={linkTo({ page: 'parked' }, query)}
        />
      </div>
      {view === null || view.differences.length === 0 ? null : <Differences differences={view.differences} />}
      <ViewJobsCard client={client} jobs={jobs} verbs={isFull()} onDone={again} />
      <section class="card commands">
        <h2>{ops.consistency.commands}</h2>
        <Command label={ops.consistency.repair} text="npm run projector -- verify --repair" />
        <Command label={ops.consistency.reconcile} text="npm run relay -- reconcile" />
      </section>
    </>
  );
}

function Sentence({ kind, shape, text, more }: { readonly kind: string; readonly shape: string; readonly text: string; readonly more: string }) {
  return <p class="trouble" data-kind={kind}><i aria-hidden="true">{shape}</i><span><b>{text}</b> <span class="soft">{more}</span></span></p>;
}

function Facet({ title, big, more, href }: { readonly title: string; readonly big: string; readonly more: string; readonly href?: string }) {
  return (
    <section class="card facet">
      <h2>{href === undefined ? title : <a href={href}>{title}</a>}</h2>
      <p class="big">{big}</p>
      <p class="soft">{more}</p>
    </section>
  );
}

function Differences({ differences }: { readonly differences: NonNullable<Consistency['view']>['differences'] }) {
  const ops = useOpsTexts();
  const { query } = useStore(here);
  const { columns } = ops.consistency;
  const kinds: Readonly<Record<string, string>> = ops.consistency.kinds;
  return (
    <section class="card">
      <div class="hd"><h2>{ops.consistency.list}</h2><span class="soft">{ops.consistency.listMore}</span></div>
      <div class="scroll" tabIndex={0} role="region" aria-label={ops.consistency.list}>
        <table class="list">
          <thead>
            <tr>
              <th scope="col">{columns.product}</th><th scope="col" class="left">{columns.field}</th><th scope="col" class="left">{columns.kind}</th>
              <th scope="col" class="left">{columns.found}</th><th scope="col" class="left">{columns.expected}</th>
            </tr>
          </thead>
          <tbody>
            {differences.map(({ product_id: product, field, kind, found, expected }) => (
              <tr key={`${product} ${field}`}>
                <th scope="row" class="mono"><a href={linkTo({ page: 'product', product }, query)}>{product}</a></th>
                <td class="left mono">{field}</td><td class="left">{kinds[kind] ?? kind}</td>
                <td class="left mono" data-level="out">{found ?? '–'}</td><td class="left mono">{expected ?? '–'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
