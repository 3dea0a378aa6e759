/**
 * The fence of a lead: what decides publishing is written by the session that holds the leader's lock, and by no other one.
 * When the lock is granted the session is given a nonce in its setting `inventory.lead`, and every statement by which a
 * leader writes asks for it. So whoever loses the session has lost the lead with it, and a connection that was taken by
 * mistake, or that was opened anew, writes nothing.
 *
 *   WITH ${fence(lead)}, done AS (UPDATE … FROM fence …) SELECT (SELECT count(*)::int FROM fence) AS fenced, …
 */
import { sql } from 'kysely';
import type { RawBuilder } from 'kysely';

/** One time of leading. */
export interface Lead {
  /** Raised by each take-over. */
  readonly term: number;
  /** The value of `inventory.lead` in the session that holds the lock. */
  readonly nonce: string;
}

/** The session does not lead, or does not any more. Nothing was written. */
export class TermOver extends Error {
  override readonly name = 'TermOver';

  constructor(term: number) {
    super(`term ${term} is over: this session does not hold the lead`);
  }
}

/** The common table expression `fence`: one row in the session that leads, none in any other one. */
export function fence({ nonce }: Lead): RawBuilder<unknown> {
  return sql`fence AS (SELECT 1 WHERE current_setting('inventory.lead', true) = ${nonce})`;
}

/** The row of a fenced statement. @throws {TermOver} when the statement has written nothing */
export function requireFence<R extends { readonly fenced: number }>({ term }: Lead, [row]: readonly R[]): R {
  if (row === undefined || row.fenced === 0) throw new TermOver(term);
  return row;
}
