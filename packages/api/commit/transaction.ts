/** One attempt to commit a batch: two round trips on one connection, and a clear word about how it ended. */
import { sendTogether } from '@inventory/db/session/connection.ts';
import { classify } from '@inventory/db/sqlstate.ts';
import { InventoryError } from '@inventory/domain/errors.ts';
import type { Limits } from '@inventory/domain/limits.ts';
import { faultPoint } from '@inventory/runtime/fault.ts';
import { PolicyError } from '@inventory/runtime/policies.ts';
import pg from 'pg';
import type { Command, RefusedDemand, SettledCommand } from './command.ts';
import type { KnownCustomers } from './customers.ts';
import { inClear, writesRefs } from './names.ts';
import type { Pseudonym } from './names.ts';
import { decideBatch } from './decide.ts';
import { load } from './load.ts';
import { isEmpty, write } from './write.ts';
import type { WrittenFormats } from './write.ts';

/** A connection in pipeline mode, and what a transaction on it needs beside its commands. */
export interface Session {
  readonly client: pg.Client;
  readonly newId: () => string;
  readonly limits: Limits;
  readonly formats: WrittenFormats;
  /** Customers that are believed to have a ref; each is asked for where it is left out. */
  readonly known?: KnownCustomers;
  /** Hides nothing where it is left out. */
  readonly pseudonym?: Pseudonym;
  /** Told of refused demand once its refusal is certain. Must not wait for anything. */
  readonly onRefusedDemand?: (demand: readonly RefusedDemand[]) => void;
}

/** The transaction may or may not have been committed, and nobody here can know. It is never retried here. */
export class OutcomeUnknown extends Error {
  override readonly name = 'OutcomeUnknown';
}

/**
 * Commits a batch in one transaction.
 * @param skipLocked leaves out rows that are locked elsewhere instead of waiting for them
 * @returns what became of each command, in their order; 'locked' for those whose row was left out
 * @throws {OutcomeUnknown} when COMMIT was sent and its answer never came. After any other error nothing was written; after
 * {NoRef} it may be tried again at once
 */
export async function attempt(
  session: Session, commands: readonly Command[], { skipLocked }: { readonly skipLocked: boolean },
): Promise<readonly (SettledCommand | 'locked')[]> {
  const { client, newId, limits, formats, known, pseudonym = inClear, onRefusedDemand } = session;
  const allowed = formats.allowed();
  let decided;
  let refs: ReadonlyMap<string, string> | undefined;
  try {
    const loaded = await load(client, commands, { skipLocked, limits, known, pseudonym, newId });
    refs = loaded.refs;
    decided = decideBatch(loaded, commands, { newId, skippedLocked: skipLocked, pseudonym, refs: writesRefs(allowed) });
  } catch (error) {
    await rollback(client);
    throw error;
  }
  const { settled, writes, refusedDemand } = decided;
  if (isEmpty(writes)) {
    await rollback(client);
    onRefusedDemand?.(refusedDemand);
    return settled;
  }
  faultPoint('before-commit');
  const [written, committed] = await sendTogether(client, () =>
    Promise.allSettled([write(client, writes, { allowed, past: formats.past, pseudonym }), client.query('COMMIT')]));
  faultPoint('after-commit');
  if (written.status === 'rejected' && classify(written.reason) !== 'unavailable') throw written.reason;
  if (committed.status === 'rejected') {
    // An error is an answer too (from a constraint that is checked at the end), unless it ends the session.
    if (committed.reason instanceof pg.DatabaseError && classify(committed.reason) !== 'unavailable') throw committed.reason;
    throw new OutcomeUnknown('the answer to COMMIT never came', { cause: committed.reason });
  }
  // The COMMIT of a transaction that failed resolves, with the tag ROLLBACK.
  if (written.status === 'rejected') throw written.reason;
  if (committed.value.command !== 'COMMIT') throw new Error(`COMMIT was answered with ${committed.value.command}`);
  if (refs !== undefined) known?.add(refs.keys());
  onRefusedDemand?.(refusedDemand);
  return settled;
}

async function rollback(client: pg.Client): Promise<void> {
  // On a lost connection there is nothing to roll back; the caller has the loss in the first error.
  await client.query('ROLLBACK').catch(() => undefined);
}

/** What a client is told of an attempt that failed for good. */
export function problemOf(error: unknown): InventoryError {
  if (error instanceof InventoryError) return error;
  // A time-out of the policy is the last resort: nobody knows how far the batch had come.
  if (error instanceof OutcomeUnknown || (error instanceof PolicyError && error.kind === 'timeout')) {
    return new InventoryError(
      'outcome_unknown',
      'The connection to the database was lost while the change was being committed. Whether it took effect is unknown.',
      { retry_after_seconds: 1 }, error,
    );
  }
  if (error instanceof PolicyError) {
    return new InventoryError('dependency_unavailable', 'The database does not answer.', { retry_after_seconds: 1 }, error);
  }
  switch (classify(error)) {
    case 'unavailable':
      return new InventoryError('dependency_unavailable', 'The database does not answer.', { retry_after_seconds: 1 }, error);
    case 'retry':
    case 'unique':
    case 'locked':
      return new InventoryError('lock_timeout', 'The stock is being changed by others.', { retry_after_seconds: 1 }, error);
    default:
      return new InventoryError('internal_error', 'The change could not be made.', {}, error);
  }
}
