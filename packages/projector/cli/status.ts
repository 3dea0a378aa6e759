/** `projector status` */
import { z } from 'zod';
import type { Database } from '@inventory/db/pool.ts';
import type { ViewState } from '../view/state.ts';
import { readViewState } from '../view/state.ts';
import type { ExitCode, CommandDeps } from './support.ts';

interface Report {
  readonly instance: string;
  readonly reported_at: Date;
  readonly report: unknown;
}

/** Shows how the view stands against the log. Exit code 1 when nobody vouches for it at present. */
export async function statusCommand({ db, redis }: CommandDeps, { json }: { readonly json: boolean }): Promise<ExitCode> {
  const view = await readViewState({ db, redis });
  const reports = await readReports(db);
  process.stdout.write(json ? `${JSON.stringify({ ...view, projectors: reports })}\n` : describe(view, reports));
  return view.watermark === null ? 1 : 0;
}

/** What the projectors said within the last minute. */
async function readReports(db: Database): Promise<readonly Report[]> {
  return db.selectFrom('process_reports').select(['instance', 'reported_at', 'report'])
    .where('process', '=', 'projector')
    .where('reported_at', '>', new Date(Date.now() - 60_000))
    .orderBy('instance').execute();
}

function describe(view: ViewState, reports: readonly Report[]): string {
  const { epoch, position, settled, newest, watermark, watermark_age_ms: ageMs, last_sealed: lastSealed } = view;
  const lines = [
    watermark === null
      ? `view       nobody vouches for it now; last for ${lastSealed ?? 'no instant within five minutes'}`
      : `view       complete as of ${watermark}, ${ageMs} ms ago`,
    `log        epoch ${epoch}, settled up to ${settled}, newest ${newest}`,
    position === null
      ? 'position   none: there is no view of this epoch; a running projector builds it, or: projector rebuild'
      : `position   ${position}, ${settled - position} behind`,
    ...reports.map(({ instance, reported_at: at, report }) => `projector  ${instance}, ${at.toISOString()}: ${inWords(report)}`),
  ];
  if (reports.length === 0) lines.push('projector  none has said anything within a minute');
  return `${lines.join('\n')}\n`;
}

/** The parts of a report that an operator looks for; a report of another version may lack any of them. */
const reportSchema = z.object({
  stream: z.object({ pending: z.int(), unacknowledged: z.int() }).nullable().catch(null),
  last_rebuild: z.object({ at: z.string(), result: z.string(), products: z.int(), elapsed_ms: z.int() }).nullable().catch(null),
});

function inWords(report: unknown): string {
  const parsed = reportSchema.safeParse(report);
  if (!parsed.success) return 'says nothing that this version understands';
  const { stream, last_rebuild: rebuilt } = parsed.data;
  const from = stream === null ? 'events from the log alone'
    : `events from the stream (${stream.pending} pending, ${stream.unacknowledged} unacknowledged)`;
  return rebuilt === null ? from
    : `${from}; rebuilt ${rebuilt.products} products at ${rebuilt.at} in ${rebuilt.elapsed_ms} ms (${rebuilt.result})`;
}
