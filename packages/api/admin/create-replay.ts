/** `POST /admin/replays`: asks the relay that leads to publish a range of the log again. */
import { createJob, defaultMaxBytes, findReplay, planReplay } from '@inventory/db/operating/replays.ts';
import { refuse } from '@inventory/domain/errors.ts';
import { note } from '@inventory/domain/values.ts';
import { z } from 'zod';
import type { ApiDeps } from '../deps.ts';
import { json } from '../http/answer.ts';
import { adminOnly } from '../http/auth/access.ts';
import { actorOf } from '../http/context.ts';
import { endpoint, nothing } from '../http/endpoint/endpoint.ts';
import { catalogueProblems } from '../http/endpoint/submit.ts';
import { rangeShape, refusedRange, replay, requestOf, SAMPLE_REPLAY } from './replay-schema.ts';
import { requireConsole } from './require-console.ts';

export const createReplay = endpoint({
  id: 'createReplay', method: 'post', path: '/admin/replays', tag: 'admin', access: adminOnly,
  verb: 'log:operate',
  summary: 'Publish a range of the log again',
  description: 'To a stream of its own, REPLAY_{id}, with the subjects replay.{id}.>, which consumers with side effects do not hear. The relay '
    + 'that leads carries it out, one replay after the other. 412 where the range does not hold as many events as were expected: see '
    + 'GET /admin/replays/plan. The same as "relay replay". Only where BOARD is full.',
  params: nothing, query: nothing,
  body: z.strictObject({
    ...rangeShape,
    rate: z.int().min(1).max(1_000_000).optional().describe('Events a second, at most'),
    max_bytes: z.int().min(1).max(Number.MAX_SAFE_INTEGER).optional()
      .describe('Bytes at which its stream is full, and the replay pauses; 2 048 for each event and at least 64 MiB where it is left out'),
    expected_total: z.int().min(0).describe('As many events as the plan counted'), note: note.optional(),
  }),
  bodyExample: { from: 'position:3510', to: 'position:4713', types: ['stock.updated'], expected_total: 1204, note: 'for the new price service' },
  answers: { 201: { description: 'The replay', schema: replay, headers: ['Location'], example: { ...SAMPLE_REPLAY, state: 'requested', published: 0, digest: null } } },
  problems: ['forbidden', 'version_mismatch', ...catalogueProblems], idempotent: true, place: 'heavy', cost: { units: 20 },
  about: ({ body }) => ({ operation: 'replay_create', items: body.expected_total }),
  handle: ({ req, body, submitToCatalogue }, { db, board }: Pick<ApiDeps, 'db' | 'board'>) => {
    requireConsole({ board });
    const request = requestOf(body);
    return submitToCatalogue(db, async (trx) => {
      const plan = await planReplay(trx, request).catch((error: unknown) => { throw refusedRange(error); });
      if (plan.total !== body.expected_total) {
        return refuse('version_mismatch', `The range holds ${plan.total} events, not ${body.expected_total}.`, { current_count: plan.total });
      }
      const { id } = await createJob(trx, { ...request, maxBytes: request.maxBytes ?? defaultMaxBytes(plan.total) }, plan, { by: actorOf(req).id, note: body.note });
      const made = await findReplay(trx, id);
      if (made === undefined) throw new Error('the replay is not there');
      return { ok: true, value: made };
    }, (made) => json(201, made, { location: `/api/v1/admin/replays/${made.id}` }));
  },
});
