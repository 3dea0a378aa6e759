/** Values for requests, made from the schemas of the OpenAPI document: values that fit, and values that nearly fit. */
import fc from 'fast-check';
import { isObject, membersOf } from '../../openapi/schema.ts';
import type { Json } from '../../openapi/schema.ts';

/** Values that the api under test knows, by the name of a member. More may be learned later. */
export type Pool = (name: string) => readonly unknown[];

/** Values that fit a schema: mostly from the pool, where it has some. */
export function fitting(schema: Json, pool: Pool, name = ''): fc.Arbitrary<unknown> {
  return fc.tuple(free(schema, pool), fc.nat()).map(([any, dice]) => {
    const known = pool(name);
    return known.length === 0 || dice % 9 === 0 ? any : known[dice % known.length];
  });
}

function numberOr(value: unknown, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise;
}

function free(schema: Json, pool: Pool): fc.Arbitrary<unknown> {
  const { enum: choices, anyOf, oneOf, type } = schema;
  if ('const' in schema) return fc.constant(schema['const']);
  if (Array.isArray(choices)) return fc.constantFrom(...choices);
  const ways = waysOf(schema);
  if (ways.length > 0) return fc.oneof(...ways.map((way) => free(way, pool)));
  const branches = Array.isArray(anyOf) ? anyOf : Array.isArray(oneOf) ? oneOf : [];
  if (branches.length > 0) return fc.oneof(...branches.filter(isObject).map((branch) => free(branch, pool)));
  switch (type) {
    case 'integer':
      return fc.oneof(
        fc.integer({ min: numberOr(schema['minimum'], -5), max: Math.min(numberOr(schema['maximum'], 50), 50) }),
        fc.integer({ min: numberOr(schema['minimum'], -1e9), max: numberOr(schema['maximum'], 1e9) }));
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'array': {
      const items = isObject(schema['items']) ? schema['items'] : {};
      return fc.array(fitting(items, pool), {
        minLength: numberOr(schema['minItems'], 0), maxLength: Math.min(numberOr(schema['maxItems'], 4), 4),
      });
    }
    case 'object':
      return fc.record(
        Object.fromEntries(membersOf(schema).map((member) => [member.name, fitting(member.schema, pool, member.name)])),
        { requiredKeys: membersOf(schema).filter(({ required }) => required).map(({ name }) => name) });
    default:
      return text(schema);
  }
}

/** An object that must have one of some members: a schema for each, with this member and none of the others. */
function waysOf(schema: Json): readonly Json[] {
  const { oneOf, properties, required, ...others } = schema;
  if (!Array.isArray(oneOf) || !isObject(properties)) return [];
  const choices: readonly unknown[] = oneOf.flatMap((each: unknown) => (isObject(each) && Array.isArray(each['required']) ? each['required'] : []));
  return choices.map((choice) => ({
    ...others, required: [...Array.isArray(required) ? required : [], choice],
    properties: Object.fromEntries(Object.entries(properties).filter(([name]) => name === choice || !choices.includes(name))),
  }));
}

const character = fc.oneof(
  { weight: 150, arbitrary: fc.constantFrom(...'abcXYZ019 -_.:/\\"\'<>&%$#{}é漢', '👩‍👩‍👧') },
  { weight: 1, arbitrary: fc.constantFrom('\u0000', '\ud800', '\u202e', '\n', '\t') });

function text(schema: Json): fc.Arbitrary<string> {
  if (schema['format'] === 'uuid') return fc.uuid();
  if (schema['format'] === 'date-time') {
    return fc.date({ min: new Date('2020-01-01'), max: new Date('2030-01-01'), noInvalidDate: true })
      .map((date) => date.toISOString());
  }
  const { pattern } = schema;
  if (typeof pattern === 'string') return fc.stringMatching(new RegExp(pattern));
  const [shortest, longest] = [numberOr(schema['minLength'], 1), numberOr(schema['maxLength'], 20)];
  return fc.string({ minLength: shortest, maxLength: Math.min(longest, 20), unit: character });
}

/** What a careless or hostile client sends. */
export const nasty: readonly unknown[] = [
  null, true, false, 0, -0, -1, 1, 1.5, 1e308, 2 ** 31, 2 ** 53, -(2 ** 31), '', ' ', '5', '0x10', '1e3', 'NaN',
  [], {}, [[]], [null], 'x'.repeat(300), 'x'.repeat(5000), '9'.repeat(400), '\u0000', 'a\u0000b', '\ud800',
  'a\udfffb', '../x', '%00', '*', '>', 'MAD-001\n', '\'); DROP TABLE stock; --', '${jndi:ldap://x}', '__proto__',
  'constructor', 'infinity', 'tomorrow', '2026-02-30T00:00:00Z', '00000000-0000-0000-0000-000000000000', 'GLOBAL',
  '漢字', '👩‍👩‍👧', '\u202e', { toString: 1 }, { $ne: null }, { length: -1 }, 'eyJpZCI6MX0.AAAAAAAAAAAAAAAA',
];

const strangers = [
  '__proto__', 'constructor', 'prototype', 'toString', 'id', 'version', 'status', 'reserved', 'role', '',
] as const;

type Mutation = (value: unknown, dice: () => number) => unknown;

/** One change somewhere inside a JSON value. */
export const mutate: Mutation = (value, dice) => {
  const inside = isObject(value) ? Object.keys(value) : Array.isArray(value) ? [...value.keys()].map(String) : [];
  const pick = <T>(list: readonly T[]): T | undefined => list[dice() % list.length];
  const deeper = pick(inside);
  if (deeper !== undefined && dice() % 4 !== 0) {
    if (Array.isArray(value)) {
      const at = Number(deeper);
      return dice() % 5 === 0 ? value.toSpliced(at, 1) : value.with(at, mutate(value[at], dice));
    }
    if (isObject(value)) {
      const { [deeper]: member, ...rest } = value;
      return dice() % 5 === 0 ? rest : withMember(rest, deeper, mutate(member, dice));
    }
  }
  if (isObject(value) && dice() % 3 === 0) return withMember(value, pick(strangers) ?? '', pick(nasty));
  return pick(nasty);
};

/** Adds an own member, whatever its name: an assignment to __proto__ would change the prototype instead. */
function withMember(value: object, name: string, member: unknown): object {
  return Object.defineProperty({ ...value }, name, {
    value: member, enumerable: true, configurable: true, writable: true,
  });
}
