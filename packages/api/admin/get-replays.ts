/** `GET /admin/replays` and `/admin/replays/{id}`. */
import { findReplay, listReplays } from '@inventory/db/operating/replays.ts';
import { InventoryError } from '@inventory/domain/errors.ts';
import { z } from 'zod';
import type { ApiDeps } from '../deps.ts';
import { json } from '../http/answer.ts';
import { adminOnly } from '../http/auth/access.ts';
import { endpoint, noBody, nothing } from '../http/endpoint/endpoint.ts';
import { limit } from '../http/endpoint/page.ts';
import { replay, SAMPLE_REPLAY } from './replay-schema.ts';

export const getReplays = endpoint({
  id: 'getReplays', method: 'get', path: '/admin/replays', tag: 'admin', access: adminOnly,
  summary: 'See the replays',
  description: 'The newest first. interrupted is one that was running and has been silent for a minute and a half. The same as "relay replay ls".',
  params: nothing, query: z.strictObject({ limit }), body: noBody,
  answers: { 200: { description: 'The replays', schema: z.object({ replays: z.array(replay) }).meta({ id: 'Replays' }), example: { replays: [SAMPLE_REPLAY] } } },
  problems: ['forbidden'],
  handle: async ({ query }, { db }: Pick<ApiDeps, 'db'>) => json(200, { replays: await listReplays(db, query.limit) }, { 'cache-control': 'no-store' }),
});

export const getReplay = endpoint({
  id: 'getReplay', method: 'get', path: '/admin/replays/{id}', tag: 'admin', access: adminOnly,
  summary: 'See a replay',
  params: z.strictObject({ id: z.string().regex(/^[A-Za-z0-9]{1,40}$/, 'must be the id of a replay') }), query: nothing, body: noBody,
  answers: { 200: { description: 'The replay', schema: replay, example: SAMPLE_REPLAY } },
  problems: ['forbidden', 'not_found'],
  handle: async ({ params }, { db }: Pick<ApiDeps, 'db'>) => {
    const found = await findReplay(db, params.id);
    if (found === undefined) throw new InventoryError('not_found', 'There is no such replay.');
    return json(200, found, { 'cache-control': 'no-store' });
  },
});
