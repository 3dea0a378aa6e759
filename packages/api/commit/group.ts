/**
 * Commits a batch, with an answer to every way in which a transaction fails, so that a command costs its neighbours
 * nothing:
 *
 *   serialisation, deadlock, a lost unique index  → the whole batch again, at most 3 times, with jitter
 *   a customer has no ref, against expectation    → the whole batch again, at once
 *   a row is locked elsewhere                     → once more with SKIP LOCKED; what is left out gets lock_timeout
 *   data that validation should have stopped      → by halves, so that the bad command fails alone
 *   the answer to COMMIT never came               → outcome_unknown for all, never retried here
 */
import { classify } from '@inventory/db/sqlstate.ts';
import { InventoryError } from '@inventory/domain/errors.ts';
import { backoffMs, sleep } from '@inventory/runtime/sleep.ts';
import type { Command, SettledCommand } from './command.ts';
import { NoRef } from './customers.ts';
import { attempt, OutcomeUnknown, problemOf } from './transaction.ts';
import type { Session } from './transaction.ts';

export type Result = SettledCommand | InventoryError;

const MAX_ATTEMPTS = 4;

export interface Batch {
  /** Each command's result, as soon as it is certain: what one half has committed stays so if the other half is lost. */
  readonly results: Map<Command, Result>;
  /** Aborts when the wait is over: no attempt may begin then, because the connection is closed. */
  readonly signal: AbortSignal;
}

const locked = new InventoryError(
  'lock_timeout', 'The stock is being changed by somebody else.', { retry_after_seconds: 1 },
);

/**
 * Gives every command its result. Never rejects for a reason that lies with a command.
 * @throws an error that means that the database is away, once, so that a breaker can count it; it is the result of all
 * commands that have none
 */
export async function commitGroup(
  session: Session, batch: Batch, commands: readonly Command[], skipLocked = false,
): Promise<void> {
  const { results, signal } = batch;
  let skipping = skipLocked;
  for (let tries = 1; ; tries += 1) {
    signal.throwIfAborted();
    try {
      const settled = await attempt(session, commands, { skipLocked: skipping });
      commands.forEach((command, nth) => {
        const result = settled[nth];
        if (result !== undefined) results.set(command, result === 'locked' ? locked : result);
      });
      return;
    } catch (error) {
      if (error instanceof OutcomeUnknown) throw error;
      if (error instanceof NoRef && tries < MAX_ATTEMPTS) continue;
      const kind = classify(error);
      if (kind === 'unavailable') throw error;
      if (kind === 'locked' && !skipping) {
        skipping = true;
        continue;
      }
      if ((kind === 'retry' || kind === 'unique') && tries < MAX_ATTEMPTS) {
        await sleep(backoffMs(tries, { minMs: 5, maxMs: 50 }));
        continue;
      }
      // A lock that SKIP LOCKED does not skip, such as one on a product, would cost each half another second.
      if (commands.length === 1 || kind === 'locked') {
        for (const command of commands) results.set(command, problemOf(error));
        return;
      }
      // Whatever it was, alone it harms no other command.
      const middle = commands.length >> 1;
      await commitGroup(session, batch, commands.slice(0, middle), skipping);
      await commitGroup(session, batch, commands.slice(middle), skipping);
      return;
    }
  }
}
