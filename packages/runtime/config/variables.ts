/** The kinds of variables, each a zod schema from the variable's text, and what the documents need to know of them. */
import { z } from 'zod';
import { splitUrls } from './url-list.ts';

/** What a variable's schema does not say by itself: the name of its type, and what may be shown of it. */
type VariableTraits = { kind: string; secret?: boolean; file?: boolean; defaultText?: string };

const traits = z.registry<VariableTraits>();

/** A variable that `parse` reads from its text; undefined refuses the text. */
function variable<T>(kind: string, rule: string, parse: (text: string) => T | undefined, problemOf?: (text: string) => string | undefined) {
  return z
    .string()
    .transform((text, context): T => {
      const problem = problemOf?.(text);
      const value = problem === undefined ? parse(text) : undefined;
      if (value !== undefined) return value;
      context.addIssue({ code: 'custom', message: problem ?? rule });
      return z.NEVER;
    })
    .register(traits, { kind });
}

function wholeNumber(kind: string, min: number, max: number) {
  const range = max === Number.MAX_SAFE_INTEGER ? `from ${min}` : `from ${min} to ${max}`;
  return variable(kind, `must be a whole number ${range}, written in digits only`, (text) => {
    // Number() accepts '0x10', ' 5', '1e3' and ''; parseInt turns '12abc' into 12.
    if (!/^\d{1,16}$/.test(text)) return undefined;
    const value = Number(text);
    return value >= min && value <= max ? value : undefined;
  });
}

/** A TCP port; 0 means any free one. */
export const port = () => wholeNumber('port', 0, 65_535);

/** A whole number from 1 to `max`. */
export const positiveInt = (max: number = Number.MAX_SAFE_INTEGER) => wholeNumber('whole number', 1, max);

/** Milliseconds from 0 to `max`, which is a day unless given. */
export const durationMs = (max = 86_400_000) => wholeNumber('milliseconds', 0, max);

/** `true` or `false`, and nothing else. */
export const flag = () =>
  variable('true or false', 'must be true or false', (value) =>
    (value === 'true' ? true : value === 'false' ? false : undefined));

/** A text of 1 to `maxLength` characters without control characters; with `multiline` it may have line breaks. */
export const text = ({ maxLength = 1024, multiline = false } = {}) =>
  variable('text', `must be 1 to ${maxLength} printable characters`, (value) => {
    // eslint-disable-next-line no-control-regex -- refusing control characters is the point
    const forbidden = multiline ? /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/ : /[\u0000-\u001f\u007f]/;
    return value.trim() === '' || value.length > maxLength || forbidden.test(value) ? undefined : value;
  });

/**
 * A URL with a host and one of the protocols (`['redis:', 'rediss:']`), kept as text. `problemOf` may find more wrong with it,
 * and says so as the end of a sentence.
 */
export const url = (protocols: readonly string[], problemOf?: (text: string) => string | undefined) =>
  variable('url', `must be a URL that starts with ${protocols.map((name) => `${name}//`).join(' or ')}`, (value) => {
    const parsed = URL.parse(value);
    return parsed !== null && protocols.includes(parsed.protocol) && parsed.hostname !== '' ? value : undefined;
  }, problemOf);

/**
 * The URLs of the servers of one cluster, with commas between them, kept as text. All have the same protocol, and those that
 * name a user, a password or a token name the same.
 */
export const urlList = (protocols: readonly string[]) => {
  const starts = protocols.map((name) => `${name}//`).join(' or ');
  const rule = `must be a URL that starts with ${starts}, or several of one cluster with commas and nothing else between them, `
    + 'all with the same protocol and user';
  return variable('url', rule, (value) => {
    const urls = splitUrls(value).map((item) => (/^[\x21-\x7e]+$/.test(item) ? URL.parse(item) : null));
    const used = new Set<string>();
    const users = new Set<string>();
    for (const item of urls) {
      if (item === null || !protocols.includes(item.protocol) || item.hostname === '' || item.hostname.includes(',')) return undefined;
      used.add(item.protocol);
      if (item.username !== '' || item.password !== '') users.add(`${item.username}:${item.password}`);
    }
    return used.size === 1 && users.size <= 1 ? value : undefined;
  });
};

/** Up to 100 items with commas between them, each of which `isItem` accepts; `rule` says what they must be. */
export const listOf = (kind: string, rule: string, isItem: (item: string) => boolean) =>
  variable(`${kind}, …`, `must be ${rule}, with commas between them`, (value): readonly string[] | undefined => {
    const items = value.split(',').map((item) => item.trim());
    return items.length <= 100 && items.every(isItem) ? items : undefined;
  });

/** One of a closed list of words. */
export const oneOf = <const T extends string>(...words: readonly T[]) =>
  variable(words.join(' | '), `must be one of ${words.join(', ')}`, (value) => words.find((word) => word === value));

export const logLevel = () => oneOf('error', 'warn', 'info', 'debug');

/** Marks a variable whose value is never shown. `NAME_FILE=/path` can supply it. */
export function secret<T extends z.ZodType>(schema: T): T {
  return mark(schema, { secret: true, file: true });
}

/** Lets `NAME_FILE=/path` supply a value that is long and not secret, such as a public key. */
export function orFile<T extends z.ZodType>(schema: T): T {
  return mark(schema, { file: true });
}

/** The default that .env.example shows, where the real one depends on the machine. */
export function shownDefault<T extends z.ZodType>(schema: T, defaultText: string): T {
  return mark(schema, { defaultText });
}

function mark<T extends z.ZodType>(schema: T, more: Omit<VariableTraits, 'kind'>): T {
  traits.add(schema, { ...traitsOf(schema), ...more });
  return schema;
}

/** The traits of a schema, which may be wrapped in `.optional()` and `.default()`. */
export function traitsOf(schema: z.ZodType): VariableTraits {
  for (const layer of layersOf(schema)) {
    const found = traits.get(layer);
    if (found !== undefined) return found;
  }
  return { kind: 'text' };
}

/** The schema, then what its `.optional()` and `.default()` wrap, from outside to inside. */
export function layersOf(schema: z.ZodType): z.ZodType[] {
  const layers = [schema];
  let layer: unknown = schema;
  while (layer instanceof z.ZodOptional || layer instanceof z.ZodDefault) {
    layer = layer.unwrap();
    if (!(layer instanceof z.ZodType)) break;
    layers.push(layer);
  }
  return layers;
}
