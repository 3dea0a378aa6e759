/**
 * Readers first: in which versions events may be written, and who reads what.
 *
 *   a reader, at its start:   report what it reads ──► lock, shared ──► read log_formats: is anything too new?
 *   an api, every two seconds: lock, exclusive ──► read the reports ──► add what all of them read
 *
 * Either the report comes before the reports are read, and the api waits for this reader, or the reader reads the list after
 * the row was added, and does not start. An event in a version is written only behind its row, so whoever meets one that it
 * does not know finds the row; a version that is in no row was written by nobody of ours, and is treated as a broken event.
 */
import { sql } from 'kysely';
import { newestVersion, newestVersions, pastVersions, tooNew } from '@inventory/domain/events-stored.ts';
import type { Format, History, TooNew, Versions } from '@inventory/domain/events-stored.ts';
import { FORMATS_LOCK } from '../locks.ts';
import { inTransaction } from '../pool.ts';
import type { Database } from '../pool.ts';
import { CURRENT_SECONDS, writeReport } from '../process-reports.ts';
import type { ReportingProcess } from '../process-reports.ts';

/** A process that runs, and the newest version of each type that it reads. */
export interface Reader {
  readonly process: string;
  readonly instance: string;
  readonly reads: Versions;
}

/** A version that this release would write, and who that runs does not read it. */
export interface HeldUp extends Format {
  readonly by: readonly Reader[];
}

/** The newest version of each type that may be written. */
export async function readFormats(db: Database): Promise<Versions> {
  const { rows } = await sql<Format>`SELECT type, max(version)::int AS version FROM log_formats GROUP BY type`.execute(db);
  return Object.fromEntries(rows.map(({ type, version }) => [type, version]));
}

/** The newest version of one type that may be written. Asks nobody where this release knows only one. */
export async function allowedVersion(db: Database, type: string): Promise<Versions> {
  return newestVersion(type) === 1 ? { [type]: 1 } : readFormats(db);
}

/** What of these versions this release cannot read, in the order of the types' names. */
export function unreadable(listed: Versions, past: History = pastVersions): readonly TooNew[] {
  return Object.entries(listed).toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([type, version]) => tooNew({ type, version }, past) ?? []);
}

/**
 * The processes that have reported within the last ten seconds. One of a release that says nothing of what it reads, reads
 * version 1 of the types that there were then; apis of such a release are not among them, because they report nothing.
 */
export async function readReaders(db: Database): Promise<readonly Reader[]> {
  const { rows } = await sql<{ process: string; instance: string; reads: unknown }>`
    SELECT process, instance, report->'reads' AS reads FROM process_reports
    WHERE reported_at > clock_timestamp() - make_interval(secs => ${CURRENT_SECONDS})
      AND (process <> 'api' OR report ? 'reads') ORDER BY process, instance`.execute(db);
  return rows.map(({ process, instance, reads }) => ({ process, instance, reads: versionsIn(reads) ?? FIRST }));
}

/** Types and versions of the releases that said nothing of them. */
const FIRST: Versions = Object.fromEntries([
  'stock.updated', 'reservation.created', 'reservation.confirmed', 'reservation.cancelled', 'reservation.expired',
  'reservation.extended', 'reservation.rejected', 'product.created', 'product.updated', 'product.archived', 'store.created',
  'store.updated',
].map((type) => [type, 1]));

function versionsIn(value: unknown): Versions | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.fromEntries(Object.entries(value).flatMap(([type, version]) => (typeof version === 'number' ? [[type, version]] : [])));
}

/** What this release would write and may not, version by version, and which of the readers hold it up. */
export function heldUp(listed: Versions, readers: readonly Reader[], past: History = pastVersions): readonly HeldUp[] {
  return Object.entries(newestVersions(past)).flatMap(([type, newest]) =>
    Array.from({ length: Math.max(0, newest - (listed[type] ?? 0)) }, (_, nth): HeldUp => {
      const version = (listed[type] ?? 0) + nth + 1;
      return { type, version, by: readers.filter(({ reads }) => (reads[type] ?? 0) < version) };
    }));
}

/**
 * Allows what this release would write, as far as all that run read it. Nobody takes it back.
 * @param without instances that do not count, whatever they report
 * @returns what was allowed now, and what is held up
 */
export function allowFormats(
  db: Database, { by, past = pastVersions, without = [] }: {
    readonly by: string; readonly past?: History; readonly without?: readonly string[];
  },
): Promise<{ readonly allowed: readonly Format[]; readonly heldUp: readonly HeldUp[] }> {
  return inTransaction(db, async (trx) => {
    await sql`SELECT pg_advisory_xact_lock(${FORMATS_LOCK}::bigint)`.execute(trx);
    const readers = (await readReaders(trx)).filter(({ instance }) => !without.includes(instance));
    const wanting = heldUp(await readFormats(trx), readers, past);
    // A version is allowed only behind the one before it.
    const waiting = wanting.filter(({ type, version }) =>
      wanting.some((earlier) => earlier.type === type && earlier.version <= version && earlier.by.length > 0));
    const allowed = wanting.filter((one) => !waiting.includes(one)).map(({ type, version }) => ({ type, version }));
    if (allowed.length > 0) {
      await trx.insertInto('log_formats').values(allowed.map((format) => ({ ...format, allowed_by: by }))).execute();
    }
    return { allowed, heldUp: waiting };
  });
}

/** Reports what a process reads, and then reads what may be written: an api that allows more waits for one of the two. */
export async function announceReader(
  db: Database, { process, instance, past = pastVersions }: {
    readonly process: ReportingProcess; readonly instance: string; readonly past?: History;
  },
): Promise<Versions> {
  await writeReport(db, { process, instance, report: { reads: newestVersions(past) } });
  return inTransaction(db, async (trx) => {
    await sql`SELECT pg_advisory_xact_lock_shared(${FORMATS_LOCK}::bigint)`.execute(trx);
    return readFormats(trx);
  });
}

/**
 * Looks at events that were read from the log before they are used for anything.
 * @throws {TooNew} when one is of a type or version that this release does not know, and the log lists it
 */
export async function requireReadable(db: Database, events: readonly Format[], past: History = pastVersions): Promise<void> {
  const first = await firstTooNew(db, events, past);
  if (first !== undefined) throw first.reason;
}

/** The first event that is too new, by its place in the list, and why. Costs nothing where this release knows all of them. */
export async function firstTooNew(
  db: Database, events: readonly Format[], past: History = pastVersions,
): Promise<{ readonly index: number; readonly reason: TooNew } | undefined> {
  const unknown = events.flatMap(({ type, version }, index) => {
    const reason = tooNew({ type, version }, past);
    return reason === undefined ? [] : [{ index, reason, type, version }];
  });
  if (unknown.length === 0) return undefined;
  const listed = await readFormats(db);
  return unknown.find(({ type, version }) => version <= (listed[type] ?? 0));
}
