/**
 * The fence of a term: a relay that wakes up after its successor took over writes nothing. Each take-over raises the
 * term, and every statement by which a leader writes carries the fence, so there is no moment between the question
 * whether the term is still ours and the writing.
 *
 *   WITH ${fence(term)}, done AS (UPDATE … FROM fence …) SELECT (SELECT count(*)::int FROM fence) AS fenced, …
 */
import { sql } from 'kysely';
import type { RawBuilder } from 'kysely';

/** Another relay has taken over: its term is higher, and nothing may be written in ours any more. */
export class TermOver extends Error {
  override readonly name = 'TermOver';

  constructor(term: number) {
    super(`term ${term} is over: another relay leads`);
  }
}

/** The common table expression `fence`: one row while the term is ours, which then stays so until the commit; else none. */
export function fence(term: number): RawBuilder<unknown> {
  return sql`fence AS (SELECT 1 FROM relay_leader WHERE term = ${term} FOR SHARE)`;
}

/** The row of a fenced statement. @throws {TermOver} when the statement has written nothing, because the term is over */
export function requireFence<R extends { readonly fenced: number }>(term: number, [row]: readonly R[]): R {
  if (row === undefined || row.fenced === 0) throw new TermOver(term);
  return row;
}
