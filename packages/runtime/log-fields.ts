/** The fields of a log line as plain JSON: bounded, without secrets, and with nothing that a terminal would obey. */
import { redactUrls } from './redact.ts';

export type LogFields = Readonly<Record<string, unknown>>;

const OWN_FIELDS = new Set(['time', 'level', 'message', 'process', 'instance']);
const SECRET_FIELD = /password|secret|authorization|cookie|private_?key|^token$|_token$/i;

// The bounds of one line: enough for every error of this code, and whatever a caller passes, the line has an end.
const MAX_DEPTH = 6;
const MAX_ITEMS = 50;
const MAX_TEXT = 4096;

/**
 * What JSON leaves as it is and a terminal obeys: DEL and the controls of the second block (U+009B begins an escape
 * sequence), line breaks of Unicode, and marks that turn the direction of the text behind them.
 */
const OBEYED = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/**
 * A value as one line of JSON that is shown on terminals, too: a log line, or what a command prints for programs. Whatever a
 * terminal obeys is an escape in it, so that a program reads the same value.
 */
export function jsonLine(value: object): string {
  return JSON.stringify(value).replace(OBEYED, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

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
