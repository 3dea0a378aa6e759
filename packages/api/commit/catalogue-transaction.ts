/**
 * A change of the catalogue: its effect, its event and the answer that its idempotency key keeps, in one transaction.
 * What the group commit is for stock, for changes that are rare and by one row each.
 */
import type { Database } from '@inventory/db/pool.ts';
import { classify } from '@inventory/db/sqlstate.ts';
import type { Refusal } from '@inventory/domain/errors.ts';
import { backoffMs, sleep } from '@inventory/runtime/sleep.ts';
import { z } from 'zod';
import type { Answer, Command } from './command.ts';
import { isKept, recordOf, replay } from './idempotency.ts';
import { OutcomeUnknown, problemOf } from './transaction.ts';

const MAX_ATTEMPTS = 4;
const storedHeaders = z.record(z.string(), z.string());

export type ChangeOutcome =
  | { readonly ok: true; readonly answer: Answer }
  | { readonly ok: false; readonly refusal: Refusal };

export interface Change extends Pick<Command, 'actor' | 'metadata' | 'idempotency'> {
  /**
   * Makes the change and appends its event. It refuses before it writes anything, and it may run again: after a lost
   * race, on what the winner has left.
   */
  readonly work: (trx: Database) => Promise<ChangeOutcome>;
  readonly refused: (refusal: Refusal) => Answer;
}

/**
 * Commits a change. The same key twice at once is one effect: whoever is second meets the first one's answer when he
 * stores his own, begins again, and finds it.
 * @throws {InventoryError} dependency_unavailable, lock_timeout, outcome_unknown, internal_error
 */
export async function commitChange(db: Database, change: Change): Promise<Answer> {
  for (let tries = 1; ; tries += 1) {
    const progress = { committing: false };
    try {
      return await attempt(db, change, progress);
    } catch (error) {
      const kind = classify(error);
      if (kind === 'unavailable' && progress.committing) {
        throw problemOf(new OutcomeUnknown('the answer to COMMIT never came', { cause: error }));
      }
      if ((kind !== 'retry' && kind !== 'unique') || tries === MAX_ATTEMPTS) throw problemOf(error);
      await sleep(backoffMs(tries, { minMs: 5, maxMs: 50 }));
    }
  }
}

function attempt(db: Database, change: Change, progress: { committing: boolean }): Promise<Answer> {
  const { actor, idempotency, refused } = change;
  return db.transaction().execute(async (trx) => {
    if (idempotency !== undefined) {
      const known = await trx.selectFrom('idempotency_keys').selectAll()
        .where('principal', '=', actor.id).where('operation', '=', idempotency.operation)
        .where('key', '=', idempotency.key).executeTakeFirst();
      if (known !== undefined) {
        return replay({ ...known, headers: storedHeaders.parse(known.headers) }, idempotency.fingerprint, refused);
      }
    }
    const outcome = await change.work(trx);
    const answer = outcome.ok ? outcome.answer : refused(outcome.refusal);
    if (idempotency !== undefined && isKept(outcome.ok ? undefined : outcome.refusal)) {
      const record = recordOf(actor.id, idempotency, answer);
      await trx.insertInto('idempotency_keys').values({ ...record, headers: JSON.stringify(record.headers) }).execute();
    }
    progress.committing = true;
    return answer;
  });
}
