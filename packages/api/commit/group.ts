/**
 * Commits a batch with the answer to every way in which a transaction fails, so that a command costs its neighbours
 * nothing (DESIGN §4.5):
 *
 *   serialisation, deadlock, a lost unique index  → the whole batch again, at most 3 times, with jitter
 *   a row is locked elsewhere                     → once more with SKIP LOCKED; who is not served gets lock_timeout
 *   data that validation should have stopped      → by halves, so that the poisonous command fails alone
 *   the answer to COMMIT never came               → outcome_unknown for all, never again by us
 */
import { classify } from '@inventory/db/sqlstate.ts';
import { InventoryError } from '@inventory/domain/errors.ts';
import { backoffMs, sleep } from '@inventory/runtime/sleep.ts';
import type { Answer, Command } from './command.ts';
import { OutcomeUnknown, problemOf } from './transaction.ts';

export type Result = Answer | InventoryError;

const MAX_ATTEMPTS = 4;

/** Runs one attempt on a healthy connection. Throws what `attempt` throws. */
export type Attempt = (commands: readonly Command[], skipLocked: boolean) => Promise<readonly (Answer | 'locked')[]>;

export interface Batch {
  readonly run: Attempt;
  /** Each command's result, as soon as it is certain: what a half has committed stays so if the other half is lost. */
  readonly results: Map<Command, Result>;
  /** Aborts when nobody waits any more: no attempt may begin then, because the connection has a new owner. */
  readonly signal: AbortSignal;
}

const locked = new InventoryError(
  'lock_timeout', 'The stock is being changed by somebody else.', { retry_after_seconds: 1 },
);

/**
 * Gives every command its result. Never rejects for a reason that lies with a command.
 * @throws what means that the database is away, once, so that a breaker can count it; the commands without a result
 * share it
 */
export async function commitBatch(batch: Batch, commands: readonly Command[], skipLocked = false): Promise<void> {
  const { run, results, signal } = batch;
  let skipping = skipLocked;
  for (let tries = 1; ; tries += 1) {
    signal.throwIfAborted();
    try {
      const answers = await run(commands, skipping);
      commands.forEach((command, nth) => {
        const answer = answers[nth];
        if (answer !== undefined) results.set(command, answer === 'locked' ? locked : answer);
      });
      return;
    } catch (error) {
      if (error instanceof OutcomeUnknown) throw error;
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
      // A lock that SKIP LOCKED does not skip, on a product for one, would cost each half another second.
      if (commands.length === 1 || kind === 'locked') {
        for (const command of commands) results.set(command, problemOf(error));
        return;
      }
      // Whatever it was, alone it harms nobody else.
      const middle = commands.length >> 1;
      await commitBatch(batch, commands.slice(0, middle), skipping);
      await commitBatch(batch, commands.slice(middle), skipping);
      return;
    }
  }
}
