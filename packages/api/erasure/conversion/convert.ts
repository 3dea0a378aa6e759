/**
 * Takes the ids of customers out of what older releases wrote:
 *
 *   all that run write refs? ──► digest of the log ──► events, batch by batch ──► holds ──► the digest again: is it the same?
 *
 * Each batch is a transaction and leaves nothing half done, and what is left is found by an index. So it may be killed at any time and
 * started again: it goes on, and compares with the digest that was taken before the first batch.
 */
import { settledPosition } from '@inventory/db/events.ts';
import type { Database } from '@inventory/db/pool.ts';
import { classify } from '@inventory/db/sqlstate.ts';
import { backoffMs, sleep } from '@inventory/runtime/sleep.ts';
import { sql } from 'kysely';
import { writtenBefore } from '../pending.ts';
import { convertEvents } from './convert-events.ts';
import type { ConvertDeps } from './convert-events.ts';
import { convertHolds, convertRevoked } from './convert-holds.ts';
import { digestWithoutNames } from './digest.ts';

/** How often what is being changed by others is looked for again. */
const MAX_LOOKS = 200;
const MAX_TRIES = 10;

export interface Progress {
  readonly step: 'digest before' | 'events' | 'holds' | 'digest after';
  readonly done: number;
  readonly of: number;
}

export interface Converted {
  readonly events: number;
  readonly holds: number;
  readonly revoked: number;
  /** Undefined where there was no event to convert. */
  readonly digest: { readonly upTo: number; readonly before: string; readonly after: string } | undefined;
  /** What still stands in the way of erasures, in words. */
  readonly pending: string | undefined;
}

/** What is to be converted. */
export async function toConvert(db: Database): Promise<{ readonly events: number; readonly holds: number }> {
  const { rows: [row] } = await sql<{ events: number; holds: number }>`
    SELECT (SELECT count(*)::int FROM events WHERE schema_version = 1 AND event_type LIKE 'reservation.%') AS events,
      (SELECT count(*)::int FROM reservations WHERE customer_id IS NOT NULL) AS holds`.execute(db);
  if (row === undefined) throw new Error('a count was answered without a row');
  return row;
}

/**
 * Converts all that there is.
 * @throws {Error} while a process may write ids, and where the digest has changed: then something is wrong, and a backup is the way back
 */
export async function convert(deps: ConvertDeps, onProgress: (progress: Progress) => void = () => undefined): Promise<Converted> {
  const { db, newId } = deps;
  const before = await writtenBefore(db);
  if (before.writing !== undefined) throw new Error(before.writing);
  const { events: of, holds } = await toConvert(db);
  const run = of === 0 ? await openRun(db) : await openRun(db) ?? await beginRun(db, newId(), onProgress);
  let [events, changed, looks] = [0, 0, 0];
  for (let more = true; more;) {
    const batch = await patiently(() => convertEvents(deps));
    events += batch.events;
    changed += batch.holds;
    more = batch.events > 0;
    onProgress({ step: 'events', done: events, of });
  }
  for (let left = true; left;) {
    const batch = await patiently(() => convertHolds(deps));
    changed += batch.converted;
    left = batch.left;
    onProgress({ step: 'holds', done: changed, of: holds });
    if (left && batch.converted === 0) {
      looks += 1;
      if (looks === MAX_LOOKS) throw new Error('some holds are being changed all the time: run it once more');
      await sleep(50);
    }
  }
  const revoked = await convertRevoked(deps);
  const digest = run === undefined ? undefined : await endRun(db, run, onProgress);
  return { events, holds: changed, revoked, digest, pending: (await writtenBefore(db)).pending };
}

/** Does a batch again that has met a commit which gives refs to the same customers. */
async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      const kind = classify(error);
      if ((kind !== 'retry' && kind !== 'locked') || tries === MAX_TRIES) throw error;
      await sleep(backoffMs(tries, { minMs: 20, maxMs: 500 }));
    }
  }
}

interface Run { readonly id: string; readonly up_to: number; readonly digest_before: string }

/** The conversion that was interrupted; undefined where none was. */
function openRun(db: Database): Promise<Run | undefined> {
  return db.selectFrom('customer_conversions').select(['id', 'up_to', 'digest_before']).where('ended_at', 'is', null)
    .orderBy('began_at', 'desc').executeTakeFirst();
}

async function beginRun(db: Database, id: string, onProgress: (progress: Progress) => void): Promise<Run> {
  const upTo = await settledPosition(db);
  const digest = await digestWithoutNames(db, upTo, (done) => { onProgress({ step: 'digest before', done, of: upTo }); });
  const run = { id, up_to: upTo, digest_before: digest };
  await db.insertInto('customer_conversions').values(run).execute();
  return run;
}

async function endRun(db: Database, { id, up_to: upTo, digest_before: before }: Run, onProgress: (progress: Progress) => void) {
  const after = await digestWithoutNames(db, upTo, (done) => { onProgress({ step: 'digest after', done, of: upTo }); });
  if (after !== before) {
    throw new Error(`the log up to position ${upTo} has the digest ${after} now, and had ${before}: more than ids has changed. Restore a backup, and report it`);
  }
  await db.updateTable('customer_conversions').set({ digest_after: after, ended_at: sql`clock_timestamp()` })
    .where('id', '=', id).execute();
  return { upTo, before, after };
}
