/** `GET /admin/consumers`: who consumes the stream, and how far each is behind, as the relay that leads reports it. */
import { z } from 'zod';
import type { ApiDeps } from '../deps.ts';
import { json } from '../http/answer.ts';
import { adminOnly } from '../http/auth/access.ts';
import { endpoint, noBody, nothing } from '../http/endpoint/endpoint.ts';
import { readReports } from './queries.ts';

const consumer = z.object({
  name: z.string(),
  durable: z.boolean().describe('It outlives its connection'),
  filter: z.array(z.string()).describe('The subjects that it takes; empty for all'),
  pending: z.int().describe('Messages that were not delivered to it yet'),
  unacknowledged: z.int().describe('Messages that it has, and has neither acknowledged nor given up'),
  redelivered: z.int().describe('Of these, those that it was given more than once'),
  acknowledged: z.int().describe('Sequence of the stream up to which it has acknowledged all'),
  seconds_behind: z.number().nullable().describe('Since the first event that it has not acknowledged was committed; 0 where there is none, null where that event has left the stream'),
});

const consumersAnswer = z.object({
  at: z.iso.datetime(),
  consumers: z.array(consumer).nullable().describe('null without a relay that leads and may list them'),
}).meta({ id: 'Consumers' });

export const getConsumers = endpoint({
  id: 'getConsumers', method: 'get', path: '/admin/consumers', tag: 'admin', access: adminOnly,
  summary: 'See who consumes the stream, and how far each is behind',
  description: 'The consumers of the stream INVENTORY, at most fifty, those first that last. The relay that leads looks every five seconds, and needs '
    + 'the right in NATS to list them.',
  params: nothing, query: nothing, body: noBody,
  answers: {
    200: {
      description: 'The consumers', schema: consumersAnswer,
      example: {
        at: '2026-11-24T10:28:00.098Z',
        consumers: [
          { name: 'projector', durable: true, filter: [], pending: 0, unacknowledged: 0, redelivered: 0, acknowledged: 4711, seconds_behind: 0 },
          { name: 'analytics', durable: true, filter: ['stock.>'], pending: 120, unacknowledged: 1, redelivered: 1, acknowledged: 4590, seconds_behind: 12.4 },
        ],
      },
    },
  },
  problems: ['forbidden'],
  handle: async (_input, { db }: Pick<ApiDeps, 'db'>) => {
    const { at, relays } = await readReports(db);
    const told = relays.find(({ role }) => role === 'leader')?.consumers;
    const body: z.output<typeof consumersAnswer> = {
      at: at.toISOString(),
      consumers: told === undefined ? null : told.map(({ behind_since: since, ...each }) => ({
        ...each,
        seconds_behind: since !== null ? Math.round(Math.max(0, at.getTime() - Date.parse(since)) / 100) / 10 : each.pending + each.unacknowledged > 0 ? null : 0,
      })),
    };
    return json(200, body, { 'cache-control': 'no-store' });
  },
});
