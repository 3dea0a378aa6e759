/** The contract itself, in the forms that programs and people read. Open to everybody. */
import { InventoryError } from '@inventory/domain/errors.ts';
import type { Request } from 'express';
import { z } from 'zod';
import type { Answer } from '../commit/command.ts';
import { endpoint, noBody, nothing } from '../http/endpoint/endpoint.ts';
import { isKnown } from '../http/endpoint/etag.ts';
import type { Documents, Tagged } from './documents.ts';

const open = { method: 'get', tag: 'contract', access: 'public', query: nothing, body: noBody } as const;
const html = { mediaType: 'text/html', schema: z.string(), example: '<!doctype html> …' } as const;
const name = z.string().max(100);

interface Deps { readonly documents: Documents }

export const getOpenApi = endpoint({
  ...open, id: 'getOpenApi', path: '/openapi.json', params: nothing,
  summary: 'Get this document',
  answers: {
    200: {
      description: 'OpenAPI 3.1', schema: z.looseObject({ openapi: z.string() }), headers: ['ETag', 'Cache-Control'],
      example: { openapi: '3.1.1' },
    },
    304: { description: 'Not changed since the answer with this ETag' },
  },
  problems: [],
  handle: async ({ req }, { documents }: Deps) => unlessKnown(req, documents.openApi()),
});

export const getAsyncApi = endpoint({
  ...open, id: 'getAsyncApi', path: '/asyncapi.json', params: nothing,
  summary: 'Get the document of what is published to NATS',
  answers: {
    200: {
      description: 'AsyncAPI 3.0', schema: z.looseObject({ asyncapi: z.string() }), headers: ['ETag', 'Cache-Control'],
      example: { asyncapi: '3.0.0' },
    },
    304: { description: 'Not changed since the answer with this ETag' },
  },
  problems: [],
  handle: async ({ req }, { documents }: Deps) => unlessKnown(req, documents.asyncApi()),
});

export const getEventSchema = endpoint({
  ...open, id: 'getEventSchema', path: '/event-schemas/{type}/{version}',
  params: z.object({ type: name.meta({ example: 'stock.updated' }), version: name.meta({ example: '1' }) }),
  summary: 'Get the JSON Schema of an event\'s data',
  description: 'What consumers may rely on. New members may be added: ignore those that you do not know.',
  answers: {
    200: {
      description: 'JSON Schema, 2020-12', mediaType: 'application/schema+json', headers: ['Cache-Control'],
      schema: z.looseObject({ title: z.string(), type: z.string() }),
      example: { title: 'stock.updated', type: 'object' },
    },
  },
  problems: ['not_found'],
  handle: async ({ params: { type, version } }, { documents }: Deps) =>
    oneOf(documents.eventSchemas(), `${type}/${version}`),
});

export const getDocs = endpoint({
  ...open, id: 'getDocs', path: '/docs', params: nothing,
  summary: 'Open the documentation, where calls can be tried',
  description: 'It loads nothing from other origins.',
  answers: { 200: { description: 'A page', headers: ['Cache-Control'], ...html } },
  problems: [],
  handle: async (_input, { documents }: Deps) => documents.docs(),
});

export const getDocsAsset = endpoint({
  ...open, id: 'getDocsAsset', path: '/docs/{asset}',
  params: z.object({ asset: name.meta({ example: 'start.js' }) }),
  summary: 'Get a file of the documentation page',
  answers: {
    200: {
      description: 'A style sheet or a script', headers: ['Cache-Control'], mediaType: '*/*', schema: z.string(),
      example: 'window.ui = …',
    },
  },
  problems: ['not_found'],
  handle: async ({ params }, { documents }: Deps) => oneOf(documents.docsAssets(), params.asset),
});

export const getProblem = endpoint({
  ...open, id: 'getProblem', path: '/problems/{code}',
  params: z.object({ code: name.meta({ example: 'insufficient_stock' }) }),
  summary: 'Open the page of an error code',
  description: 'What the code means and what to do: the page that the type of a problem points to.',
  answers: { 200: { description: 'A page', headers: ['Cache-Control'], ...html } },
  problems: ['not_found'],
  handle: async ({ params }, { documents }: Deps) => oneOf(documents.problems(), params.code),
});

function unlessKnown(req: Request, { etag, answer }: Tagged): Answer {
  return isKnown(req, etag)
    ? { status: 304, headers: { etag, 'cache-control': 'no-cache' }, body: Buffer.alloc(0) } : answer;
}

/** @throws {InventoryError} not_found */
function oneOf(answers: ReadonlyMap<string, Answer>, wanted: string): Answer {
  const answer = answers.get(wanted);
  if (answer === undefined) throw new InventoryError('not_found', 'There is nothing of this name.');
  return answer;
}
