/**
 * Forgets customers. What is written of one bears his ref, so he is forgotten when nothing says any more whose it was:
 *
 *   the last commit, under his lock ──► too many open holds? ──► end them in ordinary commits ──► the last commit again
 *        │
 *        └► ends the few that are left · external_id = NULL · his stored answers go · his tokens are refused · customer.erased
 *
 * Ten thousand holds in one transaction would hold up the whole log, so the last commit ends no more than a page of them. It takes the
 * lock that everybody takes who gives or reads a ref of his (commit/counting.ts), exclusively: a hold is made before, bears
 * the old ref and is ended here, or it is made after, and bears a new one.
 */
import type { Database } from '@inventory/db/pool.ts';
import { InventoryError } from '@inventory/domain/errors.ts';
import { backoffMs, sleep } from '@inventory/runtime/sleep.ts';
import { sql } from 'kysely';
import type { CatalogueOutcome } from '../commit/catalogue-transaction.ts';
import type { Settled } from '../commit/command.ts';
import type { Committer } from '../commit/committer.ts';
import { cancelledIn } from './cancelled.ts';
import type { Erasure } from './forget.ts';
import { commitErasure } from './last-commit.ts';
import type { Erasing, LastCommitDeps } from './last-commit.ts';

/** Holds that are ended in one ordinary commit [10 000 of them in 3.1 s, and nothing waited longer than 82 ms to be settled, on 2 cores at load 8]. */
const PAGE = 200;
/** Pages for one erasure: a hundred thousand holds. */
const MAX_PAGES = 500;
/**
 * Holds that the last commit ends, at most. It begins with a page of them, and takes a page more each time that others have made too many
 * meanwhile: nobody makes any while it has the lock.
 */
const MAX_LAST = 1000;
/** How often holds that come meanwhile may be too many for the last commit. */
const MAX_ROUNDS = 10;
const MAX_FAILURES = 8;

interface EraserDeps extends LastCommitDeps {
  readonly db: Database;
  readonly committer: Pick<Committer, 'submit'>;
}

/**
 * Forgets one customer, or somebody of whom nothing is known: then it makes the same of a ref of nobody, so that its answer does not
 * tell. Once more, it forgets whoever has come by that id since.
 * @throws {InventoryError} dependency_unavailable, lock_timeout, overloaded, outcome_unknown, internal_error. Holds may be cancelled
 * by then; the same again goes on.
 */
export type Erase = (asked: Erasing) => Promise<Settled<CatalogueOutcome<Erasure>>>;

export function createEraser(deps: EraserDeps): Erase {
  return async (asked) => {
    let released = 0;
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const settled = await commitErasure(deps, asked, { released, most: Math.min(MAX_LAST, PAGE * (round + 1)) });
      if (settled.kind !== 'too many holds') return settled;
      released += await releaseHolds(deps, asked, settled.ref);
    }
    throw new InventoryError('lock_timeout', 'More holds are made for the customer than can be ended.', { retry_after_seconds: 1 });
  };
}

/** Cancels the open holds of a ref in ordinary commits, until fewer than a page are left. @returns how many */
async function releaseHolds({ db, committer }: EraserDeps, { actor, metadata, requestNamed }: Erasing, ref: string): Promise<number> {
  let released = 0;
  let failures = 0;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const { rows } = await sql<{ id: string }>`
      SELECT id FROM reservations WHERE customer_id IS NULL AND customer_ref = ${ref} AND status = 'PENDING' ORDER BY id LIMIT ${PAGE}`.execute(db);
    if (rows.length === 0) break;
    try {
      const settled = await committer.submit({
        actor, metadata, idempotency: undefined, partial: true, ...(requestNamed === undefined ? {} : { requestNamed }),
        parts: rows.map(({ id }) => ({ kind: 'reservation', reservationId: id, change: { type: 'cancel' } })),
      });
      released += cancelledIn(settled);
      failures = 0;
    } catch (error) {
      const passing = error instanceof InventoryError && (error.code === 'lock_timeout' || error.code === 'overloaded');
      failures += 1;
      if (!passing || failures === MAX_FAILURES) throw error;
      await sleep(backoffMs(failures, { minMs: 50, maxMs: 500 }));
      continue;
    }
    if (rows.length < PAGE) break;
  }
  return released;
}
