/** Commands in a document and what they are shown to answer, and whether an answer is what is shown. */

interface Shown {
  readonly command: string;
  /** As it stands in the document; undefined where it shows none. */
  readonly answer: string | undefined;
}

/** The commands of the console blocks, each with its continued lines; an answer begins with a line that begins with `{`, or with `event:`. */
export function commandsOf(markdown: string): readonly Shown[] {
  return [...markdown.matchAll(/^```console\n([\s\S]*?)^```$/gm)]
    .flatMap(([, block = '']) => block.split(/^\$ /m).slice(1))
    .map((text) => {
      const [command = '', ...answer] = text.split(/^(?=\{|event: )/m);
      return { command: command.trim(), answer: answer.length === 0 ? undefined : answer.join('').trim() };
    });
}

/** The frames of an event stream, as text: their names, whether they have an id, and their data. */
export function framesIn(text: string): readonly unknown[] {
  return text.trim().split('\n\n').map((frame) => {
    const field = (name: string): string | undefined => new RegExp(`^${name}: (.*)$`, 'm').exec(frame)?.[1];
    return { event: field('event'), hasId: field('id') !== undefined, data: JSON.parse(field('data') ?? 'null') };
  });
}

/** Members whose values are another at each run, or depend on who else wrote to the log, and only have to be there. */
const ANY = new Set([
  'cursor', 'next_cursor', 'position', 'as_of_position', 'settled_position', 'source', 'expires_in_seconds', 'traceparent', 'request_id',
  'behind_ms', 'ticket',
]);
const UUID = /[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}/g;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

/**
 * @param shown JSON as a document shows it: behind the items that it shows, a list may have more where it ends with "…"
 * @returns the first place where the answer is another, as a JSON pointer; undefined where it is what is shown
 */
export function differenceOf(shown: unknown, found: unknown, pointer = ''): string | undefined {
  if (Array.isArray(shown) && Array.isArray(found)) {
    const more = shown.at(-1) === '…';
    const items: readonly unknown[] = more ? shown.slice(0, -1) : shown;
    if (more ? found.length < items.length : found.length !== items.length) return `${pointer}: ${found.length} items`;
    return firstOf(items.map((item, nth) => differenceOf(item, found[nth], `${pointer}/${nth}`)));
  }
  if (isObject(shown) && isObject(found)) {
    const names = [...new Set([...Object.keys(shown), ...Object.keys(found)])];
    return firstOf(names.map((name) => {
      const at = `${pointer}/${name}`;
      if (!Object.hasOwn(shown, name) || !Object.hasOwn(found, name)) return `${at}: is not in both`;
      return ANY.has(name) ? undefined : differenceOf(shown[name], found[name], at);
    }));
  }
  return kindOf(shown) === kindOf(found) ? undefined : `${pointer}: ${JSON.stringify(found)}`;
}

/** Ids and times are of one kind, whichever they are; anything else is what it is. */
function kindOf(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  return TIME.test(value) ? 'a time' : value.replace(UUID, 'an id');
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function firstOf(differences: readonly (string | undefined)[]): string | undefined {
  return differences.find((difference) => difference !== undefined);
}
