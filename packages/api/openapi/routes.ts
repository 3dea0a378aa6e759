/** Serves the contract. What takes time to make is made once, when somebody asks for it. */
import { createHash } from 'node:crypto';
import { errorCodes, InventoryError } from '@inventory/domain/errors.ts';
import { asyncApiDocument, eventJsonSchema, eventTypes } from '@inventory/domain/event-contract.ts';
import { schemaVersions } from '@inventory/domain/events-stored.ts';
import type { Request } from 'express';
import type { Answer } from '../commit/command.ts';
import { json } from '../http/answer.ts';
import { isKnown } from '../http/endpoint/etag.ts';
import { implement } from '../http/endpoint/endpoint.ts';
import type { Contract, Operation } from '../http/endpoint/endpoint.ts';
import { getAsyncApi, getDocs, getDocsAsset, getEventSchema, getOpenApi, getProblem } from './contracts.ts';
import { openApiDocument } from './document.ts';
import { docsAssets, docsPage, problemPage } from './pages.ts';

const PUBLIC = { 'cache-control': 'public, max-age=3600' } as const;

/** What each type of event carries, in every version that the log may hold. */
function eventSchemaAnswers(): ReadonlyMap<string, Answer> {
  return new Map(eventTypes.flatMap((type) => schemaVersions.map((version): [string, Answer] => {
    const { body, status } = json(200, eventJsonSchema(type, version) ?? {});
    return [`${type}/${version}`, { status, body, headers: { ...PUBLIC, 'content-type': 'application/schema+json' } }];
  })));
}

/** A document with an ETag of its own, made when it is first asked for. */
function tagged(make: () => object): (req: Request) => Answer {
  const whole = once(() => {
    const { body, headers } = json(200, make());
    const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
    return { status: 200, body, headers: { ...headers, etag, 'cache-control': 'no-cache' } };
  });
  return (req) => {
    const answer = whole();
    const { etag, 'cache-control': cacheControl } = answer.headers;
    return isKnown(req, etag)
      ? { status: 304, headers: { etag, 'cache-control': cacheControl }, body: Buffer.alloc(0) } : answer;
  };
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

export function contractOperations(contracts: readonly Contract[]): readonly Operation[] {
  const openApi = tagged(() => openApiDocument(contracts));
  const asyncApi = tagged(asyncApiDocument);
  const assets = once(docsAssets);
  const schemas = once(eventSchemaAnswers);
  const problems = once(() =>
    new Map(errorCodes.map((code): [string, Answer] => [code, problemPage(code, contracts)])));

  const oneOf = (answers: ReadonlyMap<string, Answer>, name: string): Promise<Answer> => {
    const answer = answers.get(name);
    if (answer === undefined) throw new InventoryError('not_found', 'There is nothing of this name.');
    return Promise.resolve(answer);
  };
  return [
    implement(getOpenApi, ({ req }) => Promise.resolve(openApi(req))),
    implement(getAsyncApi, ({ req }) => Promise.resolve(asyncApi(req))),
    implement(getEventSchema, ({ params: { type, version } }) => oneOf(schemas(), `${type}/${version}`)),
    implement(getDocs, () => Promise.resolve(docsPage())),
    implement(getDocsAsset, ({ params }) => oneOf(assets(), params.asset)),
    implement(getProblem, ({ params }) => oneOf(problems(), params.code)),
  ];
}
