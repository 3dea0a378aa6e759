/** The documents of the contract as they are served. Each takes time to make: it is made once, for the first request. */
import { createHash } from 'node:crypto';
import { errorCodes } from '@inventory/domain/errors.ts';
import { asyncApiDocument, eventJsonSchema, eventTypes } from '@inventory/domain/event-contract.ts';
import { versionsOf } from '@inventory/domain/events-stored.ts';
import type { Answer } from '../commit/command.ts';
import { json } from '../http/answer.ts';
import type { Contract } from '../http/endpoint/endpoint.ts';
import { openApiDocument } from './openapi-document.ts';
import { docsAssets, docsPage, problemPage } from './pages.ts';

/** A document with its ETag. */
export interface Tagged {
  readonly etag: string;
  readonly answer: Answer;
}

export interface Documents {
  openApi(): Tagged;
  asyncApi(): Tagged;
  /** JSON Schemas of the events' data, by `type/version`. */
  eventSchemas(): ReadonlyMap<string, Answer>;
  docs(): Answer;
  /** What the documentation page loads, by name. */
  docsAssets(): ReadonlyMap<string, Answer>;
  /** A page for each error code. */
  problems(): ReadonlyMap<string, Answer>;
}

/** Makes none of them yet. */
export function createDocuments(contracts: readonly Contract[]): Documents {
  return {
    openApi: once(() => tagged(openApiDocument(contracts))),
    asyncApi: once(() => tagged(asyncApiDocument())),
    eventSchemas: once(eventSchemaAnswers),
    docs: docsPage,
    docsAssets: once(docsAssets),
    problems: once(() => new Map(errorCodes.map((code): [string, Answer] => [code, problemPage(code, contracts)]))),
  };
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

function tagged(document: object): Tagged {
  const { status, headers, body } = json(200, document);
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
  return { etag, answer: { status, headers: { ...headers, etag, 'cache-control': 'no-cache' }, body } };
}

/** What each type of event carries, in every version that the log may hold. */
function eventSchemaAnswers(): ReadonlyMap<string, Answer> {
  const headers = { 'content-type': 'application/schema+json', 'cache-control': 'public, max-age=3600' } as const;
  return new Map(eventTypes.flatMap((type) => versionsOf(type).map((version): [string, Answer] => {
    const { status, body } = json(200, eventJsonSchema(type, version) ?? {});
    return [`${type}/${version}`, { status, headers, body }];
  })));
}
