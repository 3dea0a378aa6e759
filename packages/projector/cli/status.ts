/** `projector status`: how the view stands against the log. */
import { z } from 'zod';
import { CURRENT_SECONDS, readReports } from '@inventory/db/process-reports.ts';
import type { ProcessReport } from '@inventory/db/process-reports.ts';
import { printable, say } from '@inventory/runtime/cli/output.ts';
import type { ViewState } from '../view/state.ts';
import { readViewState } from '../view/state.ts';
import type { CommandDeps, ExitCode } from './support.ts';

/** Shows how the view stands against the log. @returns exit code 1 when the view is not sealed at present */
export async function statusCommand({ db, redis }: CommandDeps, { json }: { readonly json: boolean }): Promise<ExitCode> {
  const view = await readViewState({ db, redis });
  const reports = (await readReports(db, { process: 'projector', seconds: CURRENT_SECONDS }))
    .map(({ instance, reported_at, report }) => ({ instance, reported_at, report }))
    .toSorted((a, b) => (a.instance < b.instance ? -1 : 1));
  say({ json }, { ...view, projectors: reports }, () => describe(view, reports));
  return view.watermark === null ? 1 : 0;
}

function describe(view: ViewState, reports: readonly Pick<ProcessReport, 'instance' | 'reported_at' | 'report'>[]): string {
  const { epoch, position, settled, newest, watermark, watermark_age_ms: ageMs, last_sealed: lastSealed } = view;
  const lines = [
    watermark === null
      ? `view       not sealed now; last sealed ${lastSealed ?? 'more than five minutes ago'}`
      : `view       complete as of ${watermark}, ${ageMs} ms ago`,
    `log        epoch ${epoch}, settled up to ${settled}, newest ${newest}`,
    position === null
      ? 'position   none: there is no view of this epoch; a running projector builds it, or run: projector rebuild'
      : `position   ${position}, ${settled - position} behind`,
    ...reports.map(({ instance, reported_at: at, report }) =>
      `projector  ${printable(instance)}, ${at.toISOString()}: ${printable(inWords(report))}`),
  ];
  if (reports.length === 0) lines.push(`projector  none has reported within ${CURRENT_SECONDS} s`);
  return lines.join('\n');
}

/** The parts of a report that are shown. A report of another version may lack any of them. */
const reportSchema = z.object({
  stream: z.object({ pending: z.int(), unacknowledged: z.int() }).nullable().catch(null),
  last_rebuild: z.object({ at: z.string(), result: z.string(), products: z.int(), elapsed_ms: z.int() }).nullable().catch(null),
});

function inWords(report: unknown): string {
  const parsed = reportSchema.safeParse(report);
  if (!parsed.success) return 'a report that this version cannot read';
  const { stream, last_rebuild: rebuilt } = parsed.data;
  const from = stream === null ? 'events from the log alone'
    : `events from the stream (${stream.pending} pending, ${stream.unacknowledged} unacknowledged)`;
  return rebuilt === null ? from
    : `${from}; rebuilt ${rebuilt.products} products at ${rebuilt.at} in ${rebuilt.elapsed_ms} ms (${rebuilt.result})`;
}
