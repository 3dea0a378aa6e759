/** What was asked of the projectors: who asked for it, how far it is, what it has found; and the buttons that ask. */
import type { Client, Output } from '@inventory/client/client.ts';
import { useState } from 'preact/hooks';
import { codeOf } from '../session/access.ts';
import { Command } from '../shell/command.tsx';
import { useWords } from '../texts/texts.ts';
import { useOpsTexts } from './texts/texts.ts';

type ViewJobs = Output<'getViewJobs'>['jobs'];

interface Props {
  readonly client: Client;
  readonly jobs: ViewJobs;
  /** Whether anything may be asked for here. */
  readonly verbs: boolean;
  readonly onDone: () => void;
}

type Ask = 'verify' | 'deep' | 'rebuild';

const COMMANDS: Readonly<Record<Ask, string>> = {
  verify: 'npm run projector -- verify', deep: 'npm run projector -- verify --deep', rebuild: 'npm run projector -- rebuild',
};
const SHAPES: Readonly<Record<ViewJobs[number]['state'], string>> = { requested: '◌', running: '▶', done: '✓', failed: '○' };

export function ViewJobsCard({ client, jobs, verbs, onDone }: Props) {
  const words = useWords();
  const { t } = words;
  const { jobs: ops } = useOpsTexts();
  const [fault, setFault] = useState<string>();
  // A rebuild costs Postgres and Redis something: it is asked for twice.
  const [sure, setSure] = useState(false);
  const act = async (ask: Ask): Promise<void> => {
    setFault(undefined);
    setSure(false);
    try {
      await (ask === 'rebuild' ? client.createRebuild({}) : client.createVerification(ask === 'deep' ? { deep: true } : {}));
    } catch (error) {
      const code = codeOf(error) ?? String(error);
      setFault(code === 'in_use' ? ops.inUse : t.problems.failed(code));
    }
    onDone();
  };
  const found = ({ state, result, detail, products, total, kind }: ViewJobs[number]): string => {
    if (state === 'failed') return detail ?? '–';
    if (result === null) return total === null ? '–' : ops.of(words.number(products), words.number(total));
    const { differences, faults, open } = result;
    return [
      kind === 'rebuild' ? ops.built(words.n(result.products)) : ops.compared(words.n(result.products)), ops.differ(words.n(differences)),
      faults === null ? '' : ops.faults(words.n(faults)), open === null || open === 0 ? '' : ops.open(words.n(open)),
    ].filter((part) => part !== '').join(', ');
  };
  return (
    <section class="card">
      <div class="hd"><h2>{ops.title}</h2><span class="soft">{ops.lead}</span></div>
      {!verbs ? null : (
        <p class="row asks">
          <button type="button" onClick={() => { void act('verify'); }}>{ops.asks.verify}</button>
          <button type="button" onClick={() => { void act('deep'); }}>{ops.asks.deep}</button>
          <button type="button" onClick={() => { if (sure) void act('rebuild'); else setSure(true); }}>{sure ? ops.sure : ops.asks.rebuild}</button>
        </p>
      )}
      {fault === undefined ? null : <p class="fault" role="alert">{fault}</p>}
      {jobs.length === 0 ? <p class="soft empty">{ops.none}</p> : (
        <div class="scroll" tabIndex={0} role="region" aria-label={ops.title}>
          <table class="list">
            <thead>
              <tr>
                <th scope="col" class="left">{ops.columns.what}</th><th scope="col" class="left">{ops.columns.state}</th><th scope="col" class="left">{ops.columns.found}</th>
                <th scope="col" class="left">{ops.columns.who}</th>
              </tr>
            </thead>
            <tbody>
              {jobs.map((job) => {
                const wrong = job.state === 'failed' || (job.result !== null && job.kind === 'verify' && job.result.differences + (job.result.faults ?? 0) > 0);
                return (
                  <tr key={job.id}>
                    <th scope="row" class="left">{job.kind === 'rebuild' ? ops.whats.rebuild : job.deep ? ops.whats.deep : ops.whats.verify}</th>
                    <td class="left"><i aria-hidden="true">{SHAPES[job.state]}</i> {ops.states[job.state]}</td>
                    <td class="left why" {...(wrong ? { 'data-level': 'out' } : {})}>{found(job)}
                      {job.result?.found.map((each) => <small key={`${each.product_id} ${each.field}`} class="mono">{each.product_id} {each.field}: {each.found ?? '–'} ≠ {each.expected ?? '–'}</small>)}
                    </td>
                    <td class="left">{job.requested_by}<small class="soft why">{words.dateTime(Date.parse(job.created_at))}{job.note === null ? '' : ` · ${job.note}`}</small></td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      )}
      <div class="commands">
        {(['verify', 'deep', 'rebuild'] as const).map((ask) => <Command key={ask} label={ops.asks[ask]} text={COMMANDS[ask]} />)}
      </div>
    </section>
  );
}
