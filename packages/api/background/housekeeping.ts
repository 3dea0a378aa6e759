/**
 * Deletes rows that no request can ask for any more, a thousand in a statement: no lock is held for long, and rows that
 * are locked elsewhere are left for the next time. Any number of processes may do so at once.
 */
import { forgetProofs } from '@inventory/db/process-reports.ts';
import type { Database } from '@inventory/db/pool.ts';
import type { Logger } from '@inventory/runtime/log.ts';
import { startLoop } from '@inventory/runtime/loop.ts';
import type { Loop, StepOutcome } from '@inventory/runtime/loop.ts';
import { sql } from 'kysely';

const BATCH = 1000;
const EVERY_MS = 60_000;

/**
 * Idempotency keys are kept for at least 24 hours. They are deleted by their place in the table (ctid), where the row lock
 * keeps them: joined by key, the planner reads the whole table for a thousand of them until it has some hundred thousand.
 */
const OLD_KEYS = sql`
  DELETE FROM idempotency_keys WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM idempotency_keys WHERE created_at < statement_timestamp() - interval '24 hours'
    ORDER BY created_at LIMIT ${sql.lit(BATCH)} FOR UPDATE SKIP LOCKED))`;

/** No token is valid for more than 30 days, so no jti, and nothing that was issued until some time, needs to be refused for longer. */
const OLD_REVOCATIONS = sql`
  DELETE FROM revoked_tokens WHERE (kind, value) IN (
    SELECT kind, value FROM revoked_tokens
    WHERE (kind = 'jti' OR issued_until IS NOT NULL) AND revoked_at < statement_timestamp() - interval '31 days'
    ORDER BY revoked_at LIMIT ${sql.lit(BATCH)} FOR UPDATE SKIP LOCKED)`;

/** A ticket that was not used within its minute is of no use any more. */
const OLD_TICKETS = sql`
  DELETE FROM stream_tickets WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM stream_tickets
    WHERE expires_at < statement_timestamp() OR (used_at IS NULL AND created_at < statement_timestamp() - interval '2 minutes')
    LIMIT ${sql.lit(BATCH)} FOR UPDATE SKIP LOCKED))`;

/** Deletes one batch of each. */
export async function forgetOld(db: Database): Promise<StepOutcome> {
  await forgetProofs(db);
  const keys = await OLD_KEYS.execute(db);
  const revocations = await OLD_REVOCATIONS.execute(db);
  const tickets = await OLD_TICKETS.execute(db);
  const most = Math.max(...[keys, revocations, tickets].map(({ numAffectedRows }) => Number(numAffectedRows ?? 0)));
  return most === BATCH ? 'more' : 'idle';
}

/** Deletes until it is stopped. */
export function startHousekeeping(deps: { readonly db: Database; readonly log: Logger }): Loop {
  return startLoop({
    name: 'housekeeping', step: () => forgetOld(deps.db), idleMs: EVERY_MS,
    backoff: { minMs: 1000, maxMs: 60_000 }, log: deps.log,
  });
}
