/**
 * A catalogue transaction: a change of a product or a store, its event, and the answer that its idempotency key stores,
 * all in one. Such changes are rare and touch one row each, so they need no group commit.
 */
import { inTransaction } from '@inventory/db/pool.ts';
import type { Database } from '@inventory/db/pool.ts';
import { classify } from '@inventory/db/sqlstate.ts';
import type { Actor } from '@inventory/domain/access.ts';
import { backoffMs, sleep } from '@inventory/runtime/sleep.ts';
import { z } from 'zod';
import type { IdempotencyKey, Refused, Settled } from './command.ts';
import { isStored, recordOf, repeat } from './idempotency.ts';
import { OutcomeUnknown, problemOf } from './transaction.ts';

const MAX_ATTEMPTS = 4;
const storedHeaders = z.record(z.string(), z.string());

/** What becomes of a row of the catalogue: its state after the change, or why it was refused. */
export type CatalogueOutcome<T> = { readonly ok: true; readonly value: T } | Refused;

interface CatalogueTransaction<T> {
  readonly actor: Actor;
  readonly idempotency: IdempotencyKey<CatalogueOutcome<T>> | undefined;
  /**
   * Makes the change and appends its event. It refuses before it writes anything, and it may run again: after a lost
   * race, on what the winner has left.
   */
  readonly work: (trx: Database) => Promise<CatalogueOutcome<T>>;
}

/**
 * Commits it. The same key twice at once has one effect: the second meets the first one's answer when it stores its
 * own, begins again, and finds it.
 * @throws {InventoryError} dependency_unavailable, lock_timeout, outcome_unknown, internal_error
 */
export async function commitToCatalogue<T>(
  db: Database, transaction: CatalogueTransaction<T>,
): Promise<Settled<CatalogueOutcome<T>>> {
  for (let tries = 1; ; tries += 1) {
    const progress = { committing: false };
    try {
      return await attempt(db, transaction, progress);
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

function attempt<T>(
  db: Database, { actor, idempotency, work }: CatalogueTransaction<T>, progress: { committing: boolean },
): Promise<Settled<CatalogueOutcome<T>>> {
  return inTransaction(db, async (trx) => {
    if (idempotency !== undefined) {
      const known = await trx.selectFrom('idempotency_keys').selectAll()
        .where('principal', '=', actor.id).where('operation', '=', idempotency.operation)
        .where('key', '=', idempotency.key).executeTakeFirst();
      if (known !== undefined) {
        return repeat({ ...known, headers: storedHeaders.parse(known.headers) }, [idempotency.fingerprint]);
      }
    }
    const outcome = await work(trx);
    const stored = idempotency !== undefined && isStored(outcome) ? idempotency.render(outcome) : undefined;
    if (idempotency !== undefined && stored !== undefined) {
      const record = recordOf({ principal: actor.id, ...idempotency }, stored);
      await trx.insertInto('idempotency_keys').values({ ...record, headers: JSON.stringify(record.headers) }).execute();
    }
    progress.committing = true;
    return { kind: 'decided', outcome, stored };
  });
}
