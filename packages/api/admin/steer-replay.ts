/** `POST /admin/replays/{id}/pause`, `/resume` and `/cancel`. */
import { findReplay } from '@inventory/db/operating/replays.ts';
import { steerReplay } from '@inventory/db/operating/steering.ts';
import type { Steer } from '@inventory/db/operating/steering.ts';
import { refuse } from '@inventory/domain/errors.ts';
import type { Request } from 'express';
import { z } from 'zod';
import type { ApiDeps } from '../deps.ts';
import { json } from '../http/answer.ts';
import { adminOnly } from '../http/auth/access.ts';
import { actorOf } from '../http/context.ts';
import { endpoint, nothing } from '../http/endpoint/endpoint.ts';
import { catalogueProblems } from '../http/endpoint/submit.ts';
import type { SubmitToCatalogue } from '../http/endpoint/submit.ts';
import { replay, SAMPLE_REPLAY } from './replay-schema.ts';
import { requireConsole } from './require-console.ts';

const params = z.strictObject({ id: z.string().regex(/^[A-Za-z0-9]{1,40}$/, 'must be the id of a replay') });
const PROBLEMS = ['forbidden', 'not_found', 'in_use', ...catalogueProblems] as const;

interface Asked { readonly req: Request; readonly params: z.output<typeof params>; readonly submitToCatalogue: SubmitToCatalogue }

function steered(steer: Steer, { req, params: { id }, submitToCatalogue }: Asked, deps: Pick<ApiDeps, 'db' | 'board'>) {
  requireConsole(deps);
  return submitToCatalogue(deps.db, async (trx) => {
    const hindered = await steerReplay(trx, id, steer, { by: actorOf(req).id, via: 'api', note: undefined });
    const found = await findReplay(trx, id);
    if (found === undefined) return refuse('not_found', 'There is no such replay.');
    return hindered === undefined ? { ok: true, value: found } : refuse('in_use', `The replay is ${hindered}: that cannot be done now.`);
  }, (found) => json(200, found));
}

const contractOf = (steer: Steer, summary: string, description: string, state: string) => ({
  id: `${steer}Replay`, method: 'post', path: `/admin/replays/{id}/${steer}`, tag: 'admin', access: adminOnly, verb: 'log:operate', summary,
  description: `${description} Who did it, and when, is kept. Only where BOARD is full.`, params, query: nothing, body: nothing, bodyOptional: true, bodyExample: {},
  answers: { 200: { description: 'The replay', schema: replay, example: { ...SAMPLE_REPLAY, state, published: 512, digest: null } } },
  problems: PROBLEMS, idempotent: true,
  about: () => ({ operation: `replay_${steer}` }),
} as const);

export const pauseReplay = endpoint({
  ...contractOf('pause', 'Pause a replay', 'Whoever runs it, a relay or a command, stops within about a second, and nothing is lost.', 'paused'),
  handle: (input, deps: Pick<ApiDeps, 'db' | 'board'>) => steered('pause', input, deps),
});

export const resumeReplay = endpoint({
  ...contractOf('resume', 'Go on with a replay', 'For one that is paused or interrupted: the relay that leads goes on behind what is published.', 'requested'),
  handle: (input, deps: Pick<ApiDeps, 'db' | 'board'>) => steered('resume', input, deps),
});

export const cancelReplay = endpoint({
  ...contractOf('cancel', 'Cancel a replay', 'For good, whether it runs, waits or is done: the relay that leads deletes its stream.', 'cancelling'),
  handle: (input, deps: Pick<ApiDeps, 'db' | 'board'>) => steered('cancel', input, deps),
});
