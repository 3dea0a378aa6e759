/** What does in a terminal what a page of operators does. Pure. */

/** A text as a shell takes it, whatever is in it. */
export const quoted = (text: string): string => `'${text.replaceAll('\'', '\'\\\'\'')}'`;

const MOST_IDS = 20;

interface Wish {
  readonly verb: 'retry' | 'skip';
  /** The events, in so far as the page knows them. */
  readonly ids: readonly string[];
  readonly count: number;
  /** The kind of their reason; undefined where all are meant. */
  readonly reason: string | undefined;
  readonly note: string;
}

/** @returns the command that decides the same about the same events */
export function parkedCommand({ verb, ids, count, reason, note }: Wish): string {
  const why = note.trim() === '' ? '' : ` --note ${quoted(note.trim())}`;
  if (ids.length === count && count <= MOST_IDS) return `npm run relay -- parked ${verb} ${ids.join(' ')}${why}`;
  if (verb === 'retry' && reason === undefined) return `npm run relay -- parked retry --all${why}`;
  const pick = reason === undefined ? '.events[]' : `.events[] | select(.reason | startswith(${JSON.stringify(`${reason}:`)}))`;
  return `npm run --silent relay -- parked ls --limit 5000 --json | jq -r ${quoted(`${pick} | .event_id`)} | xargs npm run relay -- parked ${verb}${why}`;
}
