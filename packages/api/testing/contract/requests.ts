/** A request to an endpoint, as fast-check makes it and as fetch sends it. */
import fc from 'fast-check';
import type { Contract } from '../../http/endpoint/endpoint.ts';
import { noBody } from '../../http/endpoint/endpoint.ts';
import { fitting, mutate, nasty } from './arbitrary.ts';
import type { Pool } from './arbitrary.ts';
import { isObject, schemaOf } from '../../openapi/schema.ts';

const ROLES = ['admin', 'vendor', 'customer', 'service', 'nobody', 'garbage'] as const;

export interface Sent {
  readonly contract: Contract;
  readonly role: (typeof ROLES)[number];
  readonly method: string;
  /** Below /api/v1, encoded. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

const IN_PATHS = [
  '%zz', '%ff', '%00', '%2f', '%0a', 'a/b', '', '.', '~', 'null', '%F0%9F%98%80', 'x'.repeat(3000),
] as const;
const RAW_BODIES = [
  '', ' ', '{', '{"a":1,}', 'null', '[]', '7', '"x"', 'NaN', '{"__proto__":{"x":1}}', '['.repeat(5000), '[[[[]]]]',
  '{"product_id":1,"product_id":2}', '\u0000', `{"note":"${'x'.repeat(40_000)}"}`,
  '{"constructor":{"prototype":{"x":1}}}',
] as const;
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'] as const;
const WHO = [
  ...ROLES, 'admin', 'admin', 'admin', 'admin', 'vendor', 'vendor', 'customer', 'customer',
] as const;

const header = fc.record({
  'idempotency-key': fc.oneof(fc.constantFrom('k1', 'k2', 'k 3', '', 'é', 'x'.repeat(256)), fc.uuid()),
  'if-match': fc.constantFrom('"1"', '"2"', '"7"', '*', 'W/"1"', 'junk', '"1", "2"', '""', '"99999999999"'),
  'if-none-match': fc.constantFrom('"1"', '*', 'W/"1"', 'junk', ',', '"'),
  'accept': fc.constantFrom('*/*', 'application/json', 'text/html', 'application/*', 'image/png', ';;', ''),
  'content-type': fc.constantFrom('text/plain', 'application/json; charset=latin1', 'application/problem+json', 'x'),
  'content-encoding': fc.constantFrom('gzip', 'br', 'identity'),
  'x-request-id': fc.constantFrom('a', 'x y', 'x'.repeat(500)),
  'traceparent': fc.constantFrom('junk', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'),
  'origin': fc.constantFrom('http://evil.example', 'null'),
}, { requiredKeys: [] });

/** What is changed in a request, and the dice that say how. */
const changes = fc.array(fc.tuple(
  fc.constantFrom('body', 'body', 'query', 'path', 'raw', 'method'),
  fc.array(fc.nat(), { minLength: 30, maxLength: 30 }),
), { minLength: 1, maxLength: 3 });

/** Requests to an endpoint: more than half of them fit the document, the others are one to three changes away. */
export function requestsTo(contract: Contract, pool: Pool): fc.Arbitrary<Sent> {
  const inputs = (schema: Contract['params']) => schemaOf(schema, 'input', new Map());
  const body = Object.is(contract.body, noBody) ? fc.constant(undefined) : fitting(inputs(contract.body), pool);
  return fc.record({
    role: fc.constantFrom(...WHO),
    params: fitting(inputs(contract.params), pool),
    query: fitting(inputs(contract.query), pool),
    body,
    headers: fc.oneof(
      { weight: 4, arbitrary: fc.constant({}) },
      { weight: 2, arbitrary: fc.record({ 'idempotency-key': fc.constantFrom('k1', 'k2') }) },
      { weight: 1, arbitrary: header }),
    changes: fc.oneof({ weight: 5, arbitrary: fc.constant([]) }, { weight: 4, arbitrary: changes }),
  }).map((made): Sent => {
    const { params } = made;
    let { body: value, query } = made;
    let [raw, method]: [string | undefined, string] = [undefined, contract.method.toUpperCase()];
    const rawPath: { value?: string } = {};
    for (const [where, numbers] of made.changes) {
      let nth = 0;
      const dice = (): number => numbers[nth++ % numbers.length] ?? 0;
      if (where === 'body') value = mutate(value, dice);
      if (where === 'query') query = mutate(query, dice);
      if (where === 'path') rawPath.value = IN_PATHS[dice() % IN_PATHS.length] ?? '';
      if (where === 'raw') raw = RAW_BODIES[dice() % RAW_BODIES.length];
      if (where === 'method') method = METHODS[dice() % METHODS.length] ?? 'GET';
    }
    const bodiless = method === 'GET' || method === 'HEAD' || method === 'OPTIONS';
    const text = bodiless ? undefined : raw ?? (value === undefined ? undefined : JSON.stringify(value));
    return {
      contract, role: made.role, method, body: text,
      path: `${pathOf(contract, params, rawPath.value)}${queryOf(query)}`,
      headers: { ...(text === undefined ? {} : { 'content-type': 'application/json' }), ...made.headers },
    };
  });
}

function textOf(value: unknown): string {
  // In a URL a list is written with commas.
  if (Array.isArray(value)) return value.map(textOf).join(',');
  return (typeof value === 'string' ? value : JSON.stringify(value) ?? '').toWellFormed();
}

function pathOf(contract: Contract, params: unknown, raw: string | undefined): string {
  const values = isObject(params) ? params : {};
  return contract.path.replaceAll(/\{(\w+)\}/g, (_whole, name: string) =>
    raw ?? encodeURIComponent(textOf(Object.hasOwn(values, name) ? values[name] : nasty[0])));
}

function queryOf(query: unknown): string {
  if (!isObject(query)) return query === undefined ? '' : `?${encodeURIComponent(textOf(query))}`;
  const pairs = Object.entries(query)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(textOf(value))}`);
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
}
