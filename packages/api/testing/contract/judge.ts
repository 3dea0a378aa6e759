/** Compares answers with the OpenAPI document: a documented status, its media type, and a body that fits its schema. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { isObject } from '../../openapi/schema.ts';
import type { Json } from '../../openapi/schema.ts';

interface Heard {
  /** Asked for without its body. */
  readonly head?: boolean;
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
}

/** Clients must tolerate new members, but the api must not answer with any that the document does not have. */
function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed);
  if (!isObject(value)) return value;
  const inside = Object.fromEntries(Object.entries(value).map(([name, member]) => [name, closed(member)]));
  const open = 'additionalProperties' in value || !isObject(value['properties']);
  return value['type'] === 'object' && !open ? { ...inside, additionalProperties: false } : inside;
}

function child(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((node, name) => (isObject(node) ? node[name] : undefined), value);
}

/** @returns a function that says what is wrong with an answer of an endpoint; undefined where nothing is wrong */
export function createJudge(document: Json) {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addSchema({ $id: 'api', ...document, components: asObject(closed(document['components'])) });
  const compiled = new Map<string, ValidateFunction>();

  const validator = (schema: unknown, key: string): ValidateFunction => {
    const known = compiled.get(key);
    if (known !== undefined) return known;
    // References of the document are relative to it.
    const absolute: unknown = JSON.parse(JSON.stringify(closed(schema)).replaceAll('"#/', '"api#/'));
    const made = ajv.compile(asObject(absolute));
    compiled.set(key, made);
    return made;
  };
  /** The response, and a name of it that those share which are described once. */
  const responseOf = (path: string, method: string, status: number): readonly [unknown, string] => {
    const response = child(document, 'paths', path, method, 'responses', String(status));
    const ref = child(response, '$ref');
    return typeof ref === 'string' ? [child(document, 'components', 'responses', ref.split('/').at(-1) ?? ''), ref]
      : [response, `${method} ${path} ${status}`];
  };

  return (path: string, method: string, heard: Heard): string | undefined => {
    const [response, name] = responseOf(path, method, heard.status);
    if (response === undefined) return `${heard.status} is not documented`;
    const contents = child(response, 'content');
    if (!isObject(contents)) return heard.text === '' ? undefined : 'a body where none is documented';
    const mediaType = heard.contentType.split(';', 1)[0] ?? '';
    const [documented = '', content] = Object.entries(contents)[0] ?? [];
    if (documented !== '*/*' && documented !== mediaType) return `${mediaType} instead of ${documented}`;
    if (heard.head === true) return heard.text === '' ? undefined : 'a body in answer to HEAD';
    if (!documented.includes('json')) return undefined;
    const validate = validator(child(content, 'schema'), name);
    const body: unknown = JSON.parse(heard.text);
    return validate(body) ? undefined : ajv.errorsText(validate.errors);
  };
}

function asObject(value: unknown): Record<string, unknown> {
  if (!isObject(value)) throw new TypeError('a schema is an object');
  return value;
}
