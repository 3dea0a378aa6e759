/**
 * The last commit of an erasure: all that makes a customer forgotten, in one transaction, on a connection of its own. Its locks
 * are taken in the order of all: the customer, then the stock rows of his open holds. Whatever is read of him is read by a
 * statement that begins after his lock is held, and what may wait or take long is done before the first event is written.
 */
import { readFormats } from '@inventory/db/formats/formats.ts';
import { customerLock } from '@inventory/db/locks.ts';
import { sessionDatabase } from '@inventory/db/pool.ts';
import type { Database } from '@inventory/db/pool.ts';
import { endConnection } from '@inventory/db/session/connection.ts';
import type { ConnectionOptions } from '@inventory/db/session/connection.ts';
import { openClient } from '@inventory/db/session/open.ts';
import { classify } from '@inventory/db/sqlstate.ts';
import type { Actor } from '@inventory/domain/access.ts';
import { refuse } from '@inventory/domain/errors.ts';
import type { Limits } from '@inventory/domain/limits.ts';
import { faultPoint } from '@inventory/runtime/fault.ts';
import { backoffMs, sleep } from '@inventory/runtime/sleep.ts';
import { sql } from 'kysely';
import type pg from 'pg';
import { z } from 'zod';
import type { CatalogueOutcome } from '../commit/catalogue-transaction.ts';
import type { Cause, Command, IdempotencyKey, Settled } from '../commit/command.ts';
import { decideBatch } from '../commit/decide.ts';
import { isStored, keysOf, recordOf, repeat } from '../commit/idempotency.ts';
import { LANE_SETTINGS } from '../commit/lane.ts';
import { load } from '../commit/load.ts';
import { inClear } from '../commit/names.ts';
import type { Pseudonym } from '../commit/names.ts';
import { OutcomeUnknown, problemOf } from '../commit/transaction.ts';
import { isEmpty, write } from '../commit/write.ts';
import { cancelledIn } from './cancelled.ts';
import { forget, takeAway } from './forget.ts';
import type { Erasure } from './forget.ts';
import { writtenBefore } from './pending.ts';

const MAX_ATTEMPTS = 5;
const storedHeaders = z.record(z.string(), z.string());

/** Who is to be forgotten, who asks for it, and because of which request. */
export interface Erasing extends Cause {
  readonly actor: Actor;
  readonly customerId: string;
  /** Whether open holds are cancelled, or stand in the way. */
  readonly releaseHolds: boolean;
  /** References of his holds and sales that are to be forgotten, too. */
  readonly references: readonly string[];
  readonly idempotency: IdempotencyKey<CatalogueOutcome<Erasure>> | undefined;
}

export interface LastCommitDeps {
  readonly connection: ConnectionOptions;
  readonly limits: Limits;
  /** Hides nothing where it is left out. */
  readonly pseudonym?: Pseudonym;
  readonly newId: () => string;
}

interface Bounds {
  /** Open holds that it ends itself, at most. */
  readonly most: number;
  /** Holds that were cancelled for it before. */
  readonly released: number;
}

/** Nothing was done: the holds of this ref have to be ended before. */
interface TooManyHolds { readonly kind: 'too many holds'; readonly ref: string }

type Done = Settled<CatalogueOutcome<Erasure>> | TooManyHolds;

/**
 * Forgets the customer, unless something stands in the way.
 * @throws {InventoryError} as problemOf says
 */
export async function commitErasure(deps: LastCommitDeps, asked: Erasing, bounds: Bounds): Promise<Done> {
  const client = await openClient({ ...deps.connection, settings: LANE_SETTINGS }, { pipeline: true })
    .catch((error: unknown) => { throw problemOf(error); });
  const db = sessionDatabase(client);
  try {
    for (let tries = 1; ; tries += 1) {
      const progress = { committing: false };
      try {
        return await attempt({ ...deps, client, db }, asked, { ...bounds, progress });
      } catch (error) {
        await client.query('ROLLBACK').catch(() => undefined);
        const kind = classify(error);
        if (kind === 'unavailable' && progress.committing) {
          throw problemOf(new OutcomeUnknown('the answer to COMMIT never came', { cause: error }));
        }
        if ((kind !== 'retry' && kind !== 'unique' && kind !== 'locked') || tries === MAX_ATTEMPTS) throw problemOf(error);
        await sleep(backoffMs(tries, { minMs: 5, maxMs: 100 }));
      }
    }
  } finally {
    await endConnection(client);
  }
}

interface Session extends LastCommitDeps {
  readonly client: pg.Client;
  /** The same session. */
  readonly db: Database;
}

async function attempt(
  session: Session, asked: Erasing, { most, released, progress }: Bounds & { readonly progress: { committing: boolean } },
): Promise<Done> {
  const { client, db, newId, pseudonym = inClear } = session;
  const { customerId, idempotency } = asked;
  const keys = idempotency === undefined ? undefined : keysOf(asked.actor.id, idempotency, pseudonym);
  const commit = async (outcome: CatalogueOutcome<Erasure>): Promise<Done> => {
    const stored = idempotency !== undefined && isStored(outcome) ? idempotency.render(outcome) : undefined;
    if (keys !== undefined && stored !== undefined) {
      const record = recordOf(keys.hidden, stored);
      await db.insertInto('idempotency_keys').values({ ...record, headers: JSON.stringify(record.headers) }).execute();
    }
    faultPoint('before-erasure');
    progress.committing = true;
    const { command } = await client.query('COMMIT');
    if (command !== 'COMMIT') throw new Error(`COMMIT was answered with ${command}`);
    return { kind: 'decided', outcome, stored };
  };

  await client.query('BEGIN ISOLATION LEVEL READ COMMITTED');
  await client.query('SELECT pg_advisory_xact_lock($1)', [customerLock(customerId).toString()]);
  for (const { principal, operation, key } of keys?.all ?? []) {
    const known = await db.selectFrom('idempotency_keys').selectAll().where('principal', '=', principal)
      .where('operation', '=', operation).where('key', '=', key).executeTakeFirst();
    if (known === undefined) continue;
    await client.query('ROLLBACK');
    return repeat({ ...known, headers: storedHeaders.parse(known.headers) }, keys?.all.map(({ fingerprint }) => fingerprint) ?? []);
  }
  const { pending } = await writtenBefore(db);
  if (pending !== undefined) {
    await client.query('ROLLBACK');
    return { kind: 'decided', outcome: refuse('conversion_pending', `Nobody can be forgotten yet: ${pending}.`), stored: undefined };
  }

  const known = await db.selectFrom('customers').select('ref').where('external_id', '=', customerId).executeTakeFirst();
  const holds = known === undefined ? [] : await openHolds(db, known.ref, { lapsedToo: asked.releaseHolds, most });
  if (holds.length > 0 && !asked.releaseHolds) {
    return commit(refuse('customer_has_holds', 'The customer has open holds: wait until they end, or send release_holds: true.'));
  }
  if (known !== undefined && holds.length > most) {
    await client.query('ROLLBACK');
    return { kind: 'too many holds', ref: known.ref };
  }
  const him = { ...asked, pseudonym, ref: known?.ref ?? newId(), isKnown: known !== undefined };
  // The stock rows are locked before his reservations are changed, as everywhere.
  const ending = holds.length === 0 ? undefined : await decideEnd(session, asked, holds);
  const taken = await takeAway(db, him);
  await ending?.write();
  const erasure = await forget(db, { ...him, erasureId: newId(), eventId: newId(), released: released + (ending?.ended ?? 0) }, taken);
  return commit({ ok: true, value: erasure });
}

/** The holds that stand in the way: all that are not ended yet, of which lapsed ones are none to whoever would wait for the end. */
async function openHolds(
  db: Database, ref: string, { lapsedToo, most }: { readonly lapsedToo: boolean; readonly most: number },
): Promise<readonly string[]> {
  const { rows } = await sql<{ id: string }>`
    SELECT id FROM reservations
    WHERE customer_id IS NULL AND customer_ref = ${ref} AND status = 'PENDING' AND (${lapsedToo}::boolean OR expires_at > clock_timestamp())
    ORDER BY id LIMIT ${most + 1}`.execute(db);
  return rows.map(({ id }) => id);
}

interface Ending {
  /** How many are cancelled: others had lapsed, or were sold meanwhile. */
  readonly ended: number;
  readonly write: () => Promise<void>;
}

/** Locks the stock rows of these holds, and decides what is to be written to cancel them in this transaction. */
async function decideEnd(session: Session, asked: Erasing, holds: readonly string[]): Promise<Ending> {
  const { client, db, newId, limits, pseudonym = inClear } = session;
  const { actor, metadata, requestNamed } = asked;
  const command: Command = {
    actor, metadata, idempotency: undefined, partial: true, ...(requestNamed === undefined ? {} : { requestNamed }),
    parts: holds.map((reservationId) => ({ kind: 'reservation', reservationId, change: { type: 'cancel' } })),
  };
  const loaded = await load(client, [command], { begun: true, skipLocked: false, limits, known: undefined, pseudonym, newId });
  const { settled: [settled], writes } = decideBatch(loaded, [command], { newId, skippedLocked: false, pseudonym, refs: true });
  return {
    ended: settled === undefined || settled === 'locked' ? 0 : cancelledIn(settled),
    write: async () => {
      if (!isEmpty(writes)) await write(client, writes, { allowed: await readFormats(db), past: undefined, pseudonym });
    },
  };
}
