/** `POST /admin/parked/retry` and `/skip`: an admin decides about events that cannot be published, as `relay parked` does. */
import type { Verb } from '@inventory/db/operating/parked.ts';
import { decideAll, MOST_AT_ONCE } from '@inventory/db/operating/parked.ts';
import { refuse } from '@inventory/domain/errors.ts';
import { note } from '@inventory/domain/values.ts';
import type { Request } from 'express';
import { z } from 'zod';
import type { ApiDeps } from '../deps.ts';
import { json } from '../http/answer.ts';
import { adminOnly } from '../http/auth/access.ts';
import { actorOf } from '../http/context.ts';
import { endpoint, nothing } from '../http/endpoint/endpoint.ts';
import { catalogueProblems } from '../http/endpoint/submit.ts';
import type { SubmitToCatalogue } from '../http/endpoint/submit.ts';
import { parkedFilter } from './parked-schema.ts';
import { requireConsole } from './require-console.ts';

const expectedCount = z.int().min(0).max(MOST_AT_ONCE).describe('How many match, as whoever decides has seen it; 412 where it is another number now');
const retryBody = z.strictObject({ filter: parkedFilter, expected_count: expectedCount, note: note.optional() });
const skipBody = z.strictObject({ filter: parkedFilter, expected_count: expectedCount, note });

const decided = z.object({ decided: z.int(), event_ids: z.array(z.uuid()) }).meta({ id: 'DecidedAboutParked' });
const SAMPLE = { decided: 1, event_ids: ['0198c2f2-6b0a-7cc3-9d5b-0d1f7c3a8e11'] };
const PROBLEMS = ['forbidden', 'version_mismatch', ...catalogueProblems] as const;

interface Asked {
  readonly req: Request;
  readonly body: z.output<typeof retryBody>;
  readonly submitToCatalogue: SubmitToCatalogue;
}

function decide(verb: Verb, { req, body, submitToCatalogue }: Asked, deps: Pick<ApiDeps, 'db' | 'board'>) {
  requireConsole(deps);
  const { filter, expected_count: expected } = body;
  const decider = { by: actorOf(req).id, via: 'api', note: body.note } as const;
  return submitToCatalogue(deps.db, async (trx) => {
    const outcome = await decideAll(trx, verb, { filter, expected }, decider);
    if ('event_ids' in outcome) return { ok: true, value: outcome.event_ids };
    const { current_count } = outcome;
    return refuse('version_mismatch', `${current_count} events match now, not ${expected}: nothing was decided.`, { current_count });
  }, (ids) => json(200, { decided: ids.length, event_ids: ids }));
}

export const retryParked = endpoint({
  id: 'retryParked', method: 'post', path: '/admin/parked/retry', tag: 'admin', access: adminOnly,
  verb: 'log:operate',
  summary: 'Try to publish parked events again',
  description: 'All that match, or none. Each is released to the relay, which parks it again if its reason has not gone; GET /admin/parked '
    + 'tells what has become of them. Who decided, when and why is kept. The same as "relay parked retry". Only where BOARD is full.',
  params: nothing, query: nothing, body: retryBody,
  bodyExample: { filter: { reason: 'payload too large' }, expected_count: 1, note: 'max_msg_size is 2 MB now' },
  answers: { 200: { description: 'What was released', schema: decided, example: SAMPLE } },
  problems: PROBLEMS, idempotent: true,
  about: ({ body }) => ({ operation: 'parked_retry', items: body.expected_count }),
  handle: (input, deps: Pick<ApiDeps, 'db' | 'board'>) => decide('retry', input, deps),
});

export const skipParked = endpoint({
  id: 'skipParked', method: 'post', path: '/admin/parked/skip', tag: 'admin', access: adminOnly,
  verb: 'log:operate',
  summary: 'Never publish parked events',
  description: 'All that match, or none, for good: consumers see a gap in the versions of each stream, and the events behind flow. The '
    + 'events stay in the log. Who decided, when and why is kept. The same as "relay parked skip". Only where BOARD is full.',
  params: nothing, query: nothing, body: skipBody,
  bodyExample: { filter: { event_ids: SAMPLE.event_ids }, expected_count: 1, note: 'a test of the till, nobody needs it' },
  answers: { 200: { description: 'What was skipped', schema: decided, example: SAMPLE } },
  problems: PROBLEMS, idempotent: true,
  about: ({ body }) => ({ operation: 'parked_skip', items: body.expected_count }),
  handle: (input, deps: Pick<ApiDeps, 'db' | 'board'>) => decide('skip', input, deps),
});
