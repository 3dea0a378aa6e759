/** From zod to the JSON Schema of OpenAPI 3.1, without what is of no use to clients. */
import { z } from 'zod';

export type Json = Readonly<Record<string, unknown>>;

const MAX_SAFE = Number.MAX_SAFE_INTEGER;

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Schemas with an id, by that id: the targets of the `$ref`s in the document. */
export type Components = Map<string, Json>;

/**
 * The schema of what requests bring (`input`) or answers show (`output`). Named schemas go to `components`. Answers may
 * get new members, and a client that refused unknown ones would break, so they are left open.
 */
export function schemaOf(schema: z.ZodType, io: 'input' | 'output', components: Components): Json {
  // Inside another schema a named one becomes a reference; at the top it would be written out.
  const whole = z.toJSONSchema(z.object({ root: schema }), { target: 'draft-2020-12', io, unrepresentable: 'any' });
  for (const [id, definition] of Object.entries(whole.$defs ?? {})) components.set(id, asJson(tidied(definition, io)));
  return asJson(tidied(whole.properties?.['root'] ?? {}, io));
}

interface Member {
  readonly name: string;
  readonly required: boolean;
  readonly schema: Json;
}

/** The members of an object's schema. */
export function membersOf(schema: Json): readonly Member[] {
  const required = Array.isArray(schema['required']) ? schema['required'] : [];
  return Object.entries(asJson(schema['properties'] ?? {}))
    .map(([name, member]) => ({ name, required: required.includes(name), schema: asJson(member) }));
}

function asJson(value: unknown): Json {
  if (!isObject(value)) throw new TypeError('a schema is an object');
  return value;
}

function tidied(value: unknown, io: 'input' | 'output'): unknown {
  if (Array.isArray(value)) return value.map((item) => tidied(item, io));
  if (!isObject(value)) return value;
  // It travels as text, but is a number or a list to the client that builds the URL.
  if ('as' in value && isObject(value['as'])) return tidied(value['as'], io);
  const kept = Object.entries(value).filter(([name, member]) => !(
    name === 'id' && typeof member === 'string' && 'type' in value
    || name === 'minimum' && member === -MAX_SAFE || name === 'maximum' && member === MAX_SAFE
    // The format says the same in fewer characters than zod's pattern.
    || name === 'pattern' && (value['format'] === 'uuid' || value['format'] === 'date-time')
    || name === 'additionalProperties' && io === 'output' && member === false));
  return Object.fromEntries(kept.map(([name, member]) => [
    name, name === '$ref' && typeof member === 'string' ? member.replace('#/$defs/', '#/components/schemas/')
      : name === 'properties' && isObject(member)
        ? Object.fromEntries(Object.entries(member).map(([key, each]) => [key, tidied(each, io)]))
        : tidied(member, io),
  ]));
}
