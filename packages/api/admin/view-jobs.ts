/** `POST /admin/verifications`, `POST /admin/rebuilds` and `GET /admin/view-jobs`: what an admin asks of the projectors, as by their commands. */
import { listViewJobs, requestViewJob } from '@inventory/db/operating/view-jobs.ts';
import type { ViewJobKind, ViewJobLine } from '@inventory/db/operating/view-jobs.ts';
import { refuse } from '@inventory/domain/errors.ts';
import { note } from '@inventory/domain/values.ts';
import type { Request } from 'express';
import { z } from 'zod';
import type { ApiDeps } from '../deps.ts';
import { json } from '../http/answer.ts';
import { adminOnly } from '../http/auth/access.ts';
import { actorOf } from '../http/context.ts';
import { endpoint, noBody, nothing } from '../http/endpoint/endpoint.ts';
import { limit } from '../http/endpoint/page.ts';
import { catalogueProblems } from '../http/endpoint/submit.ts';
import type { SubmitToCatalogue } from '../http/endpoint/submit.ts';
import { divergence } from './queries.ts';
import { requireConsole } from './require-console.ts';

const result = z.object({
  products: z.int(),
  differences: z.int().describe('Fields of the view that differ from the log; of a rebuild, those that it has found besides'),
  found: z.array(divergence).describe('The first twenty of them, of a comparison'),
  faults: z.int().nullable().describe('Stock rows whose events do not add up; null where that was not asked for'),
  folds: z.array(z.object({ stock_id: z.string(), detail: z.string() })).describe('The first twenty of them'),
  fields: z.int().nullable().describe('Of a rebuild: fields written'),
  open: z.int().nullable().describe('Of a rebuild: products that are answered from the database for the time being'),
  remaining: z.int().nullable().describe('Of a rebuild: differences that are left'),
});

const job = z.object({
  id: z.uuid(),
  kind: z.enum(['verify', 'rebuild']),
  deep: z.boolean().describe('A comparison that adds up all events, too'),
  state: z.enum(['requested', 'running', 'done', 'failed']),
  requested_by: z.string(),
  note: z.string().nullable(),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
  instance: z.string().nullable().describe('The projector that does it, or has done it'),
  products: z.int().describe('So many are done'),
  total: z.int().nullable().describe('Of so many; null until a projector has begun'),
  result: result.nullable(),
  detail: z.string().nullable().describe('Why it has failed'),
}).meta({ id: 'ViewJob' });

const SAMPLE = {
  id: '0198c2f2-6b0a-4cc3-9d5b-0d1f7c3a8e11', kind: 'verify', deep: false, state: 'requested', requested_by: 'admin-1', note: null,
  created_at: '2026-11-24T10:28:00.098Z', updated_at: '2026-11-24T10:28:00.098Z', instance: null, products: 0, total: null, result: null, detail: null,
} as const;

/** A job of another release may have a result that this one does not know. */
const shown = (line: ViewJobLine): z.output<typeof job> => ({
  ...line, created_at: line.created_at.toISOString(), updated_at: line.updated_at.toISOString(), result: result.safeParse(line.result).data ?? null,
});

const PROBLEMS = ['forbidden', 'in_use', ...catalogueProblems] as const;

interface Asked { readonly req: Request; readonly submitToCatalogue: SubmitToCatalogue }
interface Wish { readonly kind: ViewJobKind; readonly deep: boolean; readonly why: string | undefined }

function ask({ req, submitToCatalogue }: Asked, { kind, deep, why }: Wish, deps: Pick<ApiDeps, 'db' | 'board'>) {
  requireConsole(deps);
  return submitToCatalogue(deps.db, async (trx) => {
    const made = await requestViewJob(trx, { kind, deep }, { by: actorOf(req).id, via: 'api', note: why });
    return made === undefined ? refuse('in_use', 'There is one that has not ended.') : { ok: true, value: made };
  }, (made) => json(201, shown(made)));
}

export const createVerification = endpoint({
  id: 'createVerification', method: 'post', path: '/admin/verifications', tag: 'admin', access: adminOnly, verb: 'log:operate',
  summary: 'Compare the whole view with the log',
  description: 'A projector does it, and nothing is changed: GET /admin/view-jobs tells what it has found. deep adds up the events of every stock row, too. '
    + 'One at a time. The same as "projector verify". Only where BOARD is full.',
  params: nothing, query: nothing, body: z.strictObject({ deep: z.boolean().optional(), note: note.optional() }), bodyOptional: true, bodyExample: { deep: true },
  answers: { 201: { description: 'The job', schema: job, example: SAMPLE } },
  problems: PROBLEMS, idempotent: true,
  about: () => ({ operation: 'view_verify' }),
  handle: ({ body, ...asked }, deps: Pick<ApiDeps, 'db' | 'board'>) => ask(asked, { kind: 'verify', deep: body.deep === true, why: body.note }, deps),
});

export const createRebuild = endpoint({
  id: 'createRebuild', method: 'post', path: '/admin/rebuilds', tag: 'admin', access: adminOnly, verb: 'log:operate',
  summary: 'Build the view anew from the log',
  description: 'A projector does it in place: reads and writes go on meanwhile. One at a time. The same as "projector rebuild". Only where BOARD is full.',
  params: nothing, query: nothing, body: z.strictObject({ note: note.optional() }), bodyOptional: true, bodyExample: { note: 'after Redis was restored' },
  answers: { 201: { description: 'The job', schema: job, example: { ...SAMPLE, kind: 'rebuild', note: 'after Redis was restored' } } },
  problems: PROBLEMS, idempotent: true,
  about: () => ({ operation: 'view_rebuild' }),
  handle: ({ body, ...asked }, deps: Pick<ApiDeps, 'db' | 'board'>) => ask(asked, { kind: 'rebuild', deep: false, why: body.note }, deps),
});

export const getViewJobs = endpoint({
  id: 'getViewJobs', method: 'get', path: '/admin/view-jobs', tag: 'admin', access: adminOnly,
  summary: 'See what was asked of the projectors',
  description: 'Comparisons and rebuilds of the view, the newest first, with who asked for them, how far they are, and what they have found.',
  params: nothing, query: z.strictObject({ limit }), body: noBody,
  answers: {
    200: {
      description: 'The jobs', schema: z.object({ jobs: z.array(job) }).meta({ id: 'ViewJobs' }),
      example: {
        jobs: [{
          ...SAMPLE, state: 'done', instance: 'shop-1', products: 20, total: 20,
          result: { products: 20, differences: 0, found: [], faults: null, folds: [], fields: null, open: null, remaining: null },
        }],
      },
    },
  },
  problems: ['forbidden'],
  handle: async ({ query }, { db }: Pick<ApiDeps, 'db'>) =>
    json(200, { jobs: (await listViewJobs(db, query.limit)).map(shown) }, { 'cache-control': 'no-store' }),
});
