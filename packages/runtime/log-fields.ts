/** The fields of a log line as plain JSON: bounded, and without secrets. */
import { redactUrls } from './redact.ts';

export type LogFields = Readonly<Record<string, unknown>>;

const OWN_FIELDS = new Set(['time', 'level', 'message', 'process', 'instance']);
const SECRET_FIELD = /password|secret|authorization|cookie|private_?key|^token$|_token$/i;

// The bounds of one line: enough for every error of this code, and whatever a caller passes, the line has an end.
const MAX_DEPTH = 6;
const MAX_ITEMS = 50;
const MAX_TEXT = 4096;

/**
 * The fields as plain JSON values. Of an error, name, message, code, errors and cause are kept, the stack if asked for, and
 * nothing else, because libraries add more: pg puts whole rows into `detail`.
 */
export function serialiseFields(fields: LogFields, withStacks: boolean): Record<string, unknown> {
  const line: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    const key = OWN_FIELDS.has(name) ? `${name}_` : name;
    line[key] = SECRET_FIELD.test(name) ? '***' : serialise(value, withStacks, 0);
  }
  return line;
}

function serialise(value: unknown, withStacks: boolean, depth: number): unknown {
  switch (typeof value) {
    case 'string': return plainText(value);
    case 'number': return Number.isFinite(value) ? value : String(value);
    case 'bigint': return value.toString();
    case 'boolean': return value;
    case 'object': break;
    default: return `[${typeof value}]`;
  }
  if (value === null) return null;
  if (depth >= MAX_DEPTH) return '[deeper]';
  if (value instanceof Error) return serialiseError(value, withStacks, depth);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (value instanceof Set) return serialise([...value], withStacks, depth);
  if (value instanceof Map) return serialise(Object.fromEntries(value), withStacks, depth);
  if (Array.isArray(value)) {
    const items = value.slice(0, MAX_ITEMS).map((item) => serialise(item, withStacks, depth + 1));
    return value.length > MAX_ITEMS ? [...items, `[${value.length - MAX_ITEMS} more]`] : items;
  }
  const result: Record<string, unknown> = {};
  for (const [name, item] of Object.entries(value).slice(0, MAX_ITEMS)) {
    if (item === undefined) continue;
    result[name] = SECRET_FIELD.test(name) ? '***' : serialise(item, withStacks, depth + 1);
  }
  return result;
}

function serialiseError(error: Error, withStacks: boolean, depth: number): Record<string, unknown> {
  const result: Record<string, unknown> = { name: plainText(error.name), message: plainText(error.message) };
  const code = 'code' in error ? error.code : undefined;
  if (typeof code === 'string' || typeof code === 'number') result['code'] = code;
  if (error.cause !== undefined) result['cause'] = serialise(error.cause, withStacks, depth + 1);
  if (error instanceof AggregateError) result['errors'] = serialise(error.errors, withStacks, depth + 1);
  if (withStacks && error.stack !== undefined) result['stack'] = plainText(error.stack);
  return result;
}

/** A text within its bound, and without passwords in URLs. */
export function plainText(value: string): string {
  return redactUrls(value.length > MAX_TEXT ? `${value.slice(0, MAX_TEXT)}… [${value.length} characters]` : value);
}
