/** `GET /admin/replays/plan`: what a replay would publish. */
import { defaultMaxBytes, estimatedSeconds, planReplay as plan } from '@inventory/db/operating/replays.ts';
import { z } from 'zod';
import type { ApiDeps } from '../deps.ts';
import { json } from '../http/answer.ts';
import { adminOnly } from '../http/auth/access.ts';
import { endpoint, noBody, nothing } from '../http/endpoint/endpoint.ts';
import { rangeQuery, refusedRange, requestOf } from './replay-schema.ts';

const MOST_LINES = 200;

const planAnswer = z.object({
  from_position: z.int(), to_position: z.int(), epoch: z.int(), total: z.int(),
  first_at: z.iso.datetime().nullable(), last_at: z.iso.datetime().nullable(),
  lines: z.array(z.object({ event_type: z.string(), store_id: z.string(), events: z.int() })).describe('The most events first, at most 200'),
  more_lines: z.int(),
  estimated_seconds: z.int(),
  max_bytes: z.int().describe('Bytes at which its stream is full, unless another bound is asked for'),
}).meta({ id: 'ReplayPlan' });

export const planReplay = endpoint({
  id: 'planReplay', method: 'get', path: '/admin/replays/plan', tag: 'admin', access: adminOnly,
  summary: 'See what a replay would publish',
  description: 'Nothing is published. The range ends at the settled position of the log at the latest, so its positions are the same '
    + 'events for ever: ask for the replay with them, and for as many events as were counted here. The same as "relay replay --dry-run".',
  params: nothing, query: rangeQuery, body: noBody, place: 'heavy', cost: { units: 20 },
  answers: {
    200: {
      description: 'The plan', schema: planAnswer,
      example: {
        from_position: 3510, to_position: 4713, epoch: 1, total: 1204, first_at: '2026-11-24T08:28:00.511Z', last_at: '2026-11-24T10:27:59.480Z',
        lines: [{ event_type: 'stock.updated', store_id: 'MAD-001', events: 1204 }], more_lines: 0, estimated_seconds: 1, max_bytes: 67_108_864,
      },
    },
  },
  problems: ['forbidden'],
  handle: async ({ query }, { db }: Pick<ApiDeps, 'db'>) => {
    const { lines, first_at = null, last_at = null, ...found } = await plan(db, requestOf(query)).catch((error: unknown) => { throw refusedRange(error); });
    const ordered = lines.toSorted((a, b) => b.events - a.events);
    return json(200, {
      ...found, first_at, last_at, lines: ordered.slice(0, MOST_LINES), more_lines: Math.max(0, ordered.length - MOST_LINES),
      estimated_seconds: estimatedSeconds(found.total, undefined), max_bytes: defaultMaxBytes(found.total),
    }, { 'cache-control': 'no-store' });
  },
});
