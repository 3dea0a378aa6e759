/**
 * The OpenAPI 3.1 document, made from the endpoints that parse the requests, so that the document and the api cannot
 * drift apart. `npm run generate` writes it to docs/openapi.json.
 */
import type { ErrorCode } from '@inventory/domain/errors.ts';
import type { AnswerContract, Contract } from '../http/endpoint/endpoint.ts';
import { noBody } from '../http/endpoint/endpoint.ts';
import { PROBLEM_MEDIA_TYPE, problemTypes } from '../http/problems.ts';
import { headers, headersOf, parameters, parametersOf } from './headers.ts';
import { permissionsIn, whoOf } from './markdown.ts';
import { codesOf, problem, problemExample } from './problem.ts';
import { membersOf, schemaOf } from './schema.ts';
import type { Components, Json } from './schema.ts';

const DESCRIPTION = `One inventory for every shop of a chain and its web shop.

Every POST, PUT and PATCH takes an \`Idempotency-Key\`: whatever goes wrong on the way, the same request may be sent again.
Every 4xx and 5xx is a problem (RFC 9457) with a \`code\` from a closed list, and says whether it is \`retryable\`.
A request counts as 1 in the rate limits unless its \`x-cost\` says otherwise. Versions are ETags. Lists have opaque cursors. New members may be added: ignore those that you do not know.`;

const TAGS: Readonly<Record<string, string>> = {
  stock: 'The stock of each store: what it is, how it came about, and how it changes.',
  reservations: 'Holds on stock, single or as a cart.',
  customers: 'Whom a ref in the log stands for.',
  availability: 'Where a product is available.',
  products: 'The catalogue.',
  stores: 'The stores.',
  events: 'The log of all events.',
  admin: 'How far publishing and the view are behind the log, and whether they agree with it.',
  me: 'Who you are, what you may, and which limits bind you.',
  contract: 'This contract in the forms that programs and people read.',
};

const OF_STATUS: Readonly<Record<number, readonly string[]>> = {
  401: ['WWW-Authenticate'], 403: ['WWW-Authenticate'], 429: ['Retry-After'], 503: ['Retry-After'],
};

/** Describes these endpoints, in their order. */
export function openApiDocument(contracts: readonly Contract[]): Json {
  const components: Components = new Map();
  schemaOf(problem, 'output', components);
  const paths: Record<string, Record<string, Json>> = {};
  for (const contract of contracts) {
    paths[contract.path] = { ...paths[contract.path], [contract.method]: operationOf(contract, components) };
  }
  const codes = new Set(contracts.flatMap(codesOf));
  const tags = new Set(contracts.map(({ tag }) => tag));
  return {
    openapi: '3.1.1',
    info: {
      title: 'Inventory', version: '1.0.0', summary: 'Stock, holds and availability for all stores',
      description: DESCRIPTION, license: { name: 'Proprietary', identifier: 'LicenseRef-Proprietary' },
    },
    servers: [{ url: '/api/v1', description: 'This server' }],
    tags: Object.entries(TAGS).filter(([name]) => tags.has(name)).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      securitySchemes: {
        token: {
          type: 'http', scheme: 'bearer', bearerFormat: 'JWT',
          description: 'EdDSA, RS256 or ES256; sub or user_id, role, store_ids for a vendor, permissions where they are fewer than the role\'s, iat, exp, iss, aud.',
        },
      },
      parameters, headers,
      responses: responsesOf(contracts),
      examples: Object.fromEntries([...codes].map((code) => [
        code, { summary: problemTypes[code].title, value: problemExample(code) }])),
      schemas: Object.fromEntries([...components].sort(([a], [b]) => (a < b ? -1 : 1))),
    },
  };
}

function operationOf(contract: Contract, components: Components): Json {
  const { access, body } = contract;
  return {
    operationId: contract.id,
    tags: [contract.tag],
    summary: contract.summary,
    description: [...(contract.description === undefined ? [] : [contract.description]), `For: ${whoOf(contract)}.`].join('\n\n'),
    security: access === 'public' ? [] : [{ token: [] }],
    // Who may call it, and how far each role reaches: the table that access.int.test.ts tries out.
    'x-access': access,
    // The right that a token may leave out by its claim `permissions`.
    ...(contract.verb === undefined || contract.verb === 'read' ? {} : { 'x-permission': permissionsIn(contract.verb) }),
    // What it counts in the rate limits: so many units, or one for each so many things that it asks for, begun.
    ...(contract.cost === undefined ? {} : { 'x-cost': contract.cost }),
    parameters: [
      ...inUrl(contract.params, 'path', components), ...inUrl(contract.query, 'query', components),
      ...parametersOf(contract),
    ],
    ...(Object.is(body, noBody) ? {} : { requestBody: requestBodyOf(contract, components) }),
    responses: {
      ...Object.fromEntries(Object.entries(contract.answers).map(([status, answer]) => [
        status, answerOf(contract, answer, components)])),
      ...problemsOf(contract),
    },
  };
}

function inUrl(schema: Contract['params'], where: 'path' | 'query', components: Components): readonly Json[] {
  return membersOf(schemaOf(schema, 'input', components)).map(({ name, required, schema: member }) => {
    const { description, example, ...rest } = member;
    const needed = where === 'path' || required;
    // /docs fills in an example. As a filter that is left out otherwise, it would make the first answer an empty list.
    const such = needed || example === undefined ? undefined : `Such as \`${String(example)}\`.`;
    const told = [description, such].filter((text) => text !== undefined).join('. ');
    return {
      name, in: where, required: needed, ...(told === '' ? {} : { description: told }),
      ...(rest['type'] === 'array' ? { style: 'form', explode: false } : {}), schema: rest,
      ...(needed && example !== undefined ? { example } : {}),
    };
  });
}

function requestBodyOf(contract: Contract, components: Components): Json {
  return {
    required: contract.bodyOptional !== true,
    content: {
      'application/json': { schema: schemaOf(contract.body, 'input', components), example: contract.bodyExample },
    },
  };
}

function answerOf(contract: Contract, answer: AnswerContract, components: Components): Json {
  const named = [...answer.headers ?? [], ...(contract.idempotent === true ? ['Idempotency-Replayed'] : [])];
  const { description, schema, example } = answer;
  if (schema === undefined) return { description, headers: headersOf(named) };
  return {
    description, headers: headersOf(named),
    content: {
      [answer.mediaType ?? 'application/json']: {
        schema: schemaOf(schema, 'output', components), ...(example === undefined ? {} : { example }),
      },
    },
  };
}

/** References to the problems of an endpoint, by status. Each set of problems is described once. */
function problemsOf(contract: Contract): Json {
  const byStatus = Map.groupBy(codesOf(contract), (code) => problemTypes[code].status);
  return Object.fromEntries([...byStatus].map(([status, codes]) => [
    status, { $ref: `#/components/responses/${codes.join('.')}` }]));
}

function responsesOf(contracts: readonly Contract[]): Json {
  const sets = contracts.flatMap((contract) => [
    ...Map.groupBy(codesOf(contract), (code) => problemTypes[code].status).values()]);
  const named = new Map(sets.map((codes) => [codes.join('.'), codes]));
  return Object.fromEntries([...named].sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, codes]) => [name, problemResponse(codes)]));
}

function problemResponse(codes: readonly ErrorCode[]): Json {
  const [{ status } = { status: 500 }] = codes.map((code) => problemTypes[code]);
  return {
    description: codes.map((code) => problemTypes[code].title).join('; '),
    headers: headersOf(OF_STATUS[status] ?? []),
    content: {
      [PROBLEM_MEDIA_TYPE]: {
        schema: {
          allOf: [
            { $ref: '#/components/schemas/Problem' },
            { properties: { status: { const: status }, code: { type: 'string', enum: codes } } },
          ],
        },
        examples: Object.fromEntries(codes.map((code) => [code, { $ref: `#/components/examples/${code}` }])),
      },
    },
  };
}
