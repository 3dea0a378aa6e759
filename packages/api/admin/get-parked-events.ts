/** `GET /admin/parked`: events that cannot be published, and what was decided about such events lately. */
import { listParked, parkedByReason, parkedDecisions } from '@inventory/db/operating/parked.ts';
import { text } from '@inventory/domain/values.ts';
import { z } from 'zod';
import type { ApiDeps } from '../deps.ts';
import { json } from '../http/answer.ts';
import { adminOnly } from '../http/auth/access.ts';
import { endpoint, noBody, nothing } from '../http/endpoint/endpoint.ts';
import { limit } from '../http/endpoint/page.ts';
import { parkedEvent, SAMPLE_PARKED } from './parked-schema.ts';

const DECISIONS = 20;

const decision = z.object({
  at: z.iso.datetime(),
  by: z.string(),
  via: z.enum(['api', 'command']),
  action: z.enum(['parked.retry', 'parked.skip']),
  note: z.string().nullable(),
  events: z.int(),
  first_event: z.uuid(),
  published: z.int().describe('Of the first hundred of its events: published by now'),
  pending: z.int().describe('Released, and not tried by a relay yet'),
  parked_again: z.int(),
  skipped: z.int(),
});

const parkedAnswer = z.object({
  total: z.int().describe('All that match, beyond limit too'),
  reasons: z.array(z.object({ reason: z.string(), events: z.int() })).describe('All that is parked, by the kind of its reason'),
  events: z.array(parkedEvent),
  decisions: z.array(decision).describe('The newest first'),
}).meta({ id: 'Parked' });

export const getParkedEvents = endpoint({
  id: 'getParkedEvents', method: 'get', path: '/admin/parked', tag: 'admin', access: adminOnly,
  summary: 'See the events that cannot be published',
  description: 'Each holds up the later events of its own stream, and nothing else, until somebody decides: POST /admin/parked/retry or '
    + '/admin/parked/skip. In the order of the log. decisions are the newest twenty, with what has become of their events by now. '
    + 'The same as "relay parked ls".',
  params: nothing,
  query: z.strictObject({
    state: z.enum(['parked', 'skipped']).default('parked'), reason: text(500).optional(), type: text(100).optional(),
    store_id: text(100).optional(), limit,
  }),
  body: noBody,
  answers: {
    200: {
      description: 'What is parked', schema: parkedAnswer,
      example: {
        total: 1, reasons: [{ reason: 'payload too large', events: 1 }], events: [SAMPLE_PARKED],
        decisions: [{
          at: '2026-11-24T09:02:11.020Z', by: 'admin-1', via: 'api', action: 'parked.retry', note: 'max_msg_size is 2 MB now', events: 3,
          first_event: '0198c2f0-1a0b-7d21-8c5b-3f0a9d7e5c10', published: 3, pending: 0, parked_again: 0, skipped: 0,
        }],
      },
    },
  },
  problems: ['forbidden'],
  handle: async ({ query }, { db }: Pick<ApiDeps, 'db'>) => {
    const { state, limit: most, ...filter } = query;
    const { total, events } = await listParked(db, { states: [state], limit: most, filter });
    const [reasons, decisions] = [await parkedByReason(db), await parkedDecisions(db, DECISIONS)];
    return json(200, { total, reasons, events, decisions }, { 'cache-control': 'no-store' });
  },
});
