/** Headers in the OpenAPI document. */
import type { Contract } from '../http/endpoint/endpoint.ts';
import type { Json } from './schema.ts';

const text = (description: string, example: string, more: Json = {}): Json =>
  ({ description, schema: { type: 'string', ...more }, example });

/** None of them has an example: /docs would send it with every call. */
const carried = (name: string, description: string, more: Json = {}): Json =>
  ({ name, in: 'header', required: false, description, schema: { type: 'string', ...more } });

/** Headers of requests, by the name of their component. */
export const parameters: Readonly<Record<string, Json>> = {
  IdempotencyKey: carried('Idempotency-Key', 'Makes a repeat safe: the first answer is stored with its effect for at '
    + 'least 24 hours, and replayed byte for byte. Keys are separate for each user and operation. Use a new key for each '
    + 'thing that is to happen once: a UUID, or `delivery-4711-line-1`.',
  { minLength: 1, maxLength: 255, pattern: '^[\\x21-\\x7e]+$' }),
  IfMatch: carried('If-Match',
    'The ETag of the state that the change is meant for, such as `"7"`; 412 if there is a newer state.'),
  IfNoneMatch: carried('If-None-Match', 'The ETag of what you have, such as `"7"`; 304 if it has not changed.'),
  RequestId: carried('X-Request-Id', 'Your name for this request, such as `checkout-4711`. It is in the answer, in '
    + 'the server\'s log and in the events that the request causes.', { maxLength: 128 }),
  Traceparent: carried('traceparent', 'W3C trace context, passed on into the events: '
    + '`00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`.'),
};

/** Headers of answers. */
export const headers: Readonly<Record<string, Json>> = {
  'X-Request-Id': text('The id of this request.', '01a20d19-1755-7b1c-8d55-0c5d3a9e7f10'),
  'X-Served-By': text('The instance that answered.', 'api-1'),
  'RateLimit': text('What is left of each quota, as draft 8 writes it.', '"customer"; r=499; t=60'),
  'RateLimit-Policy': text('The quotas, as draft 8 writes them.', '"customer"; q=500; w=60'),
  'traceparent': text('The trace of the request: the caller\'s, or one that begins here.',
    '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'),
  'Retry-After': { description: 'Seconds to wait.', schema: { type: 'integer', minimum: 0 }, example: 1 },
  'WWW-Authenticate': text('Why the token is not enough (RFC 6750).', 'Bearer error="invalid_token"'),
  'Idempotency-Replayed': text('true if this is the stored answer of an earlier request.', 'true'),
  'ETag': text('The version of the answer\'s content, for If-Match and If-None-Match.', '"7"'),
  'X-Stock-Version': text('The version of the stock row now.', '7'),
  'Cache-Control': text('Ask again each time, with If-None-Match.', 'no-cache'),
  'Location': text('The URL of the new resource.', '/api/v1/reservations/01a20d19-1756-72d6-b15d-77c5f399fb03'),
  'Link': text('The next page (RFC 8288); missing on the last one.', '</api/v1/products?cursor=eyJp>; rel="next"'),
};

const EVERY_ANSWER = ['X-Request-Id', 'traceparent', 'X-Served-By', 'RateLimit', 'RateLimit-Policy'] as const;

/** References to the headers of an answer. */
export function headersOf(named: readonly string[]): Json {
  return Object.fromEntries([...EVERY_ANSWER, ...named].map((name) => {
    if (!Object.hasOwn(headers, name)) throw new Error(`the header ${name} is not described`);
    return [name, { $ref: `#/components/headers/${name}` }];
  }));
}

/** References to the headers that a request may carry. */
export function parametersOf({ idempotent, conditional, answers }: Contract): readonly Json[] {
  const names = [
    ...(idempotent === true ? ['IdempotencyKey'] : []),
    ...(conditional === true ? ['IfMatch'] : []),
    ...(Object.hasOwn(answers, 304) ? ['IfNoneMatch'] : []),
    'RequestId', 'Traceparent',
  ];
  return names.map((name) => ({ $ref: `#/components/parameters/${name}` }));
}
