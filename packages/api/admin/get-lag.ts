/** `GET /admin/lag`: how far publishing and the view are behind the log, by what relay and projector report. */
import { newestPosition, settledHere } from '@inventory/db/events.ts';
import { HISTORY_SECONDS } from '@inventory/db/process-reports.ts';
import { z } from 'zod';
import { heldUpNow, sentenceOf } from '../background/follow-formats.ts';
import type { ApiDeps } from '../deps.ts';
import { json } from '../http/answer.ts';
import { adminOnly } from '../http/auth/access.ts';
import { endpoint, noBody, nothing } from '../http/endpoint/endpoint.ts';
import { wholeNumber } from '../http/endpoint/page.ts';
import type { ProjectorReport, Reports } from './queries.ts';
import { readReports, readSamples, reporter, sample } from './queries.ts';

const lagAnswer = z.object({
  at: z.iso.datetime(),
  log: z.object({ epoch: z.int(), newest_position: z.int(), settled_position: z.int() }),
  publishing: z.object({
    leader: z.boolean(), backlog: z.int(), oldest_seconds: z.number().nullable(), published_per_second: z.number(),
  }).nullable(),
  view: z.object({
    position: z.int().nullable(), events_behind: z.int().nullable(),
    complete_as_of: z.iso.datetime().nullable(), behind_ms: z.number().nullable(), stream_pending: z.int().nullable(),
  }).nullable(),
  processes: z.array(reporter),
  formats_held_up: z.array(z.object({
    type: z.string(), version: z.int(),
    by: z.array(z.object({ process: z.string(), instance: z.string(), reads: z.int() })),
  })),
  problems: z.array(z.string()),
  history: z.object({ seconds: z.int(), samples: z.array(sample) }).optional(),
}).meta({ id: 'Lag' });

export const getLag = endpoint({
  id: 'getLag', method: 'get', path: '/admin/lag', tag: 'admin', access: adminOnly,
  summary: 'See how far publishing and the view are behind the log',
  description: 'From what relay and projector report about themselves every two seconds; log is read now. publishing and '
    + 'view are null without a report for ten seconds. formats_held_up are the versions of events that this release would '
    + 'write, and who runs and does not read them. problems is empty when all is well. With history, what was reported in the '
    + `last so many seconds (up to ${HISTORY_SECONDS}) as well, ascending in time, at most 180 samples.`,
  params: nothing, query: z.strictObject({ history: wholeNumber({ min: 1, max: HISTORY_SECONDS }).optional() }), body: noBody,
  answers: {
    200: {
      description: 'How far publishing and the view are behind', schema: lagAnswer,
      example: {
        at: '2026-11-24T10:28:00.098Z', log: { epoch: 1, newest_position: 4711, settled_position: 4711 },
        publishing: { leader: true, backlog: 0, oldest_seconds: null, published_per_second: 12.5 },
        view: {
          position: 4711, events_behind: 0, complete_as_of: '2026-11-24T10:27:59.480Z', behind_ms: 48, stream_pending: 0,
        },
        processes: [
          {
            process: 'relay', instance: 'shop-1', role: 'leader', reported_at: '2026-11-24T10:27:59.500Z',
            age_seconds: 0.6, current: true,
          },
          {
            process: 'projector', instance: 'shop-1', role: null, reported_at: '2026-11-24T10:27:59.528Z',
            age_seconds: 0.6, current: true,
          },
        ],
        formats_held_up: [],
        problems: [],
      },
    },
  },
  problems: ['forbidden'],
  handle: async ({ query }, { db, history }: Pick<ApiDeps, 'db' | 'history'>) => {
    const reports = await readReports(db);
    const held = await heldUpNow(db, history);
    const settled = await settledHere(db);
    const [projector] = reports.projectors;
    const publishing = publishingOf(reports);
    const view = viewOf(projector);
    const body: Lag = {
      at: reports.at.toISOString(),
      log: { epoch: reports.epoch, newest_position: await newestPosition(db), settled_position: settled },
      publishing, view,
      processes: [...reports.reporters],
      formats_held_up: held.map(({ type, version, by }) => (
        { type, version, by: by.map(({ process, instance, reads }) => ({ process, instance, reads: reads[type] ?? 0 })) })),
      problems: [...problemsOf(publishing, view, projector), ...held.filter(({ by }) => by.length > 0).map(sentenceOf)],
      ...(query.history === undefined ? {} : { history: { seconds: query.history, samples: [...await readSamples(db, query.history)] } }),
    };
    return json(200, body, { 'cache-control': 'no-store' });
  },
});

type Lag = z.output<typeof lagAnswer>;

/** Publishing as the leader reports it; without a leader as a standby does: all of them see the same backlog. */
function publishingOf({ relays }: Reports): Lag['publishing'] {
  const speaker = relays.find(({ role }) => role === 'leader') ?? relays[0];
  if (speaker === undefined) return null;
  const { role, backlog, oldest_seconds, published_per_second } = speaker;
  return { leader: role === 'leader', backlog, oldest_seconds, published_per_second };
}

function viewOf(report: ProjectorReport | undefined): Lag['view'] {
  if (report === undefined) return null;
  const { position, newest, watermark, watermark_age_ms: behindMs, last_sealed: lastSealed, stream } = report;
  return {
    position, events_behind: position === null ? null : Math.max(0, newest - position),
    complete_as_of: watermark ?? lastSealed, behind_ms: behindMs, stream_pending: stream?.pending ?? null,
  };
}

/** An event that has waited for longer is a problem, as for the alert PublishingFallsBehind. */
const OLD_SECONDS = 30;
/** A view that is further behind is a problem, as for the alert ViewNotSealed. */
const BEHIND_MS = 5_000;

function problemsOf(publishing: Lag['publishing'], view: Lag['view'], report: ProjectorReport | undefined): readonly string[] {
  return [
    ...(publishing === null ? ['no relay has reported for ten seconds'] : []),
    ...(publishing?.leader === false ? ['no relay leads'] : []),
    ...(publishing !== null && (publishing.oldest_seconds ?? 0) > OLD_SECONDS
      ? [`${publishing.backlog} events wait to be published, the oldest for ${Math.round(publishing.oldest_seconds ?? 0)} s: `
        + 'runbook PublishingFallsBehind'] : []),
    ...(view === null ? ['no projector has reported for ten seconds'] : []),
    ...(view !== null && view.behind_ms === null ? ['nobody vouches for the view: answers come from the database'] : []),
    ...(view !== null && (view.behind_ms ?? 0) > BEHIND_MS
      ? [`the view is ${Math.round((view.behind_ms ?? 0) / 1000)} s behind the log: runbook ViewNotSealed`] : []),
    ...(report !== undefined && report.stream === null ? ['events do not come from the stream: the log alone carries the view'] : []),
  ];
}
