/** `GET /admin/consistency`: whether the view agrees with the log, by what the projectors found last. */
import { z } from 'zod';
import type { ApiDeps } from '../deps.ts';
import { json } from '../http/answer.ts';
import { adminOnly } from '../http/auth/access.ts';
import { endpoint, noBody, nothing } from '../http/endpoint/endpoint.ts';
import type { Reports } from './queries.ts';
import { divergence, readReports, reporter } from './queries.ts';

/** A verification that is older says nothing about now: a projector verifies some products every five seconds. */
const LOOKED_WITHIN_MS = 60_000;

const consistencyAnswer = z.object({
  at: z.iso.datetime(),
  consistent: z.boolean().nullable(),
  view: z.object({
    checked_at: z.iso.datetime(),
    all_checked_at: z.iso.datetime().nullable(),
    all_products: z.int().nullable(),
    divergent_products: z.int(),
    differences: z.array(divergence),
  }).nullable(),
  events: z.object({ parked: z.int(), waiting: z.int(), skipped: z.int() }).nullable(),
  processes: z.array(reporter),
  problems: z.array(z.string()),
}).meta({ id: 'Consistency' });

export const getConsistency = endpoint({
  id: 'getConsistency', method: 'get', path: '/admin/consistency', tag: 'admin', access: adminOnly,
  summary: 'See whether the view agrees with the log',
  description: 'Projectors compare some products of the view with the log every five seconds, one after the other; this '
    + 'is what they and the relay reported last. consistent is null without a comparison within a minute. events counts '
    + 'events that could not be published. "projector verify" compares all products at once.',
  params: nothing, query: nothing, body: noBody,
  answers: {
    200: {
      description: 'What was found', schema: consistencyAnswer,
      example: {
        at: '2026-11-24T10:28:00.098Z', consistent: false,
        view: {
          checked_at: '2026-11-24T10:27:57.120Z', all_checked_at: '2026-11-24T10:27:32.010Z', all_products: 1840,
          divergent_products: 1,
          differences: [{
            product_id: '807acc38-bad3-5a9b-af8c-889c493a3230', field: 'MAD-001', kind: 'different',
            found: '17:99:2', expected: '17:7:2',
          }],
        },
        events: { parked: 0, waiting: 0, skipped: 0 },
        processes: [{
          process: 'projector', instance: 'shop-1', role: null, reported_at: '2026-11-24T10:27:59.528Z',
          age_seconds: 0.6, current: true,
        }],
        problems: ['1 product differs from the log: projector verify --repair'],
      },
    },
  },
  problems: ['forbidden'],
  handle: async (_input, { db }: Pick<ApiDeps, 'db'>) => {
    const reports = await readReports(db);
    const view = viewOf(reports);
    const events = eventsOf(reports);
    const body: Consistency = {
      at: reports.at.toISOString(),
      consistent: view === null ? null : view.divergent_products === 0,
      view, events,
      processes: [...reports.reporters],
      problems: [...problemsOf(view, events)],
    };
    return json(200, body, { 'cache-control': 'no-store' });
  },
});

type Consistency = z.output<typeof consistencyAnswer>;

/** What all projectors know together: the newest verification, and every difference once. */
function viewOf({ at, projectors }: Reports): Consistency['view'] {
  const looks = projectors.flatMap(({ verified }) => (verified === undefined || verified.at === null ? [] : [
    { ...verified, at: verified.at }])).filter((look) => at.getTime() - Date.parse(look.at) < LOOKED_WITHIN_MS);
  const newest = newestOf(looks, (look) => look.at);
  if (newest === undefined) return null;
  const round = newestOf(looks, (look) => look.round_at ?? '');
  const differences = new Map(looks.flatMap((look) => look.differences).map((found) =>
    [`${found.product_id} ${found.field}`, found]));
  return {
    checked_at: newest.at,
    all_checked_at: round?.round_at ?? null,
    all_products: round?.round_products ?? null,
    divergent_products: Math.max(...looks.map((look) => look.divergent_products)),
    differences: [...differences.values()].slice(0, 20),
  };
}

function newestOf<T>(items: readonly T[], time: (item: T) => string): T | undefined {
  return items.toSorted((a, b) => (time(a) < time(b) ? 1 : -1))[0];
}

function eventsOf({ relays }: Reports): Consistency['events'] {
  const [first] = relays;
  return first === undefined ? null : { parked: first.parked, waiting: first.waiting, skipped: first.skipped };
}

function problemsOf(view: Consistency['view'], events: Consistency['events']): readonly string[] {
  const plural = (count: number, noun: string, verb: string): string =>
    `${count} ${noun}${count === 1 ? '' : 's'} ${verb}${count === 1 ? 's' : ''}`;
  return [
    ...(view === null ? ['no projector has looked within a minute'] : []),
    ...(view !== null && view.divergent_products > 0
      ? [`${plural(view.divergent_products, 'product', 'differ')} from the log: projector verify --repair`] : []),
    ...(events === null ? ['no relay has reported for ten seconds'] : []),
    ...(events !== null && events.parked > 0
      ? [`${events.parked} parked and ${events.waiting} waiting events are not in the stream: relay parked ls`] : []),
  ];
}
