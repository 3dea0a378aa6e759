/**
 * What this api may write, and what it says that it reads, and by which key it makes pseudonyms (same-key.ts). Every two seconds it reports what it reads, adds to log_formats
 * what it would write and all that run can read, and takes what others have added. Until a version is allowed, events are
 * written in the one before (decision 0073).
 */
import { allowFormats, heldUp, readFormats, readReaders, unreadable } from '@inventory/db/formats/formats.ts';
import type { HeldUp } from '@inventory/db/formats/formats.ts';
import type { Database } from '@inventory/db/pool.ts';
import { removeReport, writeReport } from '@inventory/db/process-reports.ts';
import { ALL_READABLE, FORMATS_CHECK, waitForFormats } from '@inventory/db/formats/wait.ts';
import { newestVersions, pastVersions } from '@inventory/domain/events-stored.ts';
import type { History, Versions } from '@inventory/domain/events-stored.ts';
import type { Logger } from '@inventory/runtime/log.ts';
import { startLoop } from '@inventory/runtime/loop.ts';
import type { Metrics } from '@inventory/runtime/metrics.ts';
import type { Readiness } from '@inventory/runtime/readiness.ts';
import type { Pseudonym } from '../commit/names.ts';
import type { WrittenFormats } from '../commit/write.ts';
import { createSameKey } from './same-key.ts';

const EVERY_MS = 2_000;
const BACKOFF = { minMs: 500, maxMs: 5_000 } as const;

interface FollowDeps {
  readonly db: Database;
  readonly instance: string;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly readiness: Readiness;
  readonly signal: AbortSignal;
  /** As this api makes them. Which key it has is neither reported nor compared where it is left out. */
  readonly pseudonym?: Pseudonym;
  /** The history of schemas; that of the log where it is left out. */
  readonly past?: History;
}

interface FollowedFormats extends WrittenFormats {
  stop(): Promise<void>;
}

/**
 * Waits until no api runs with another key and this release reads all that the log may hold, then follows the list until it is stopped.
 * @throws {Error} an AbortError, by the signal
 */
export async function followFormats(
  { db, instance, log, metrics, readiness, signal, pseudonym, past = pastVersions }: FollowDeps,
): Promise<FollowedFormats> {
  const reader = { process: 'api', instance } as const;
  const key = pseudonym === undefined ? undefined : createSameKey({ db, instance, pseudonym, log, readiness });
  await key?.wait(signal);
  let allowed: Versions = await waitForFormats({ db, ...reader, past, log, readiness, signal }) ?? {};
  let toldOf = '';
  const gauge = metrics.gauge({
    name: 'event_formats_held_up', help: 'Versions of events that this release would write, and does not, because a process that runs does not read them',
  });
  /** Adds what all that run read. @returns what is still held up */
  const allowMore = async (): Promise<readonly HeldUp[]> => {
    const { allowed: added, heldUp: waiting } = await allowFormats(db, { by: `api ${instance}`, past });
    for (const format of added) log.info('all that run read it, so it may be written from now on', { ...format });
    return waiting;
  };
  const loop = startLoop({
    name: 'formats', idleMs: EVERY_MS, backoff: BACKOFF, log,
    step: async () => {
      await writeReport(db, { ...reader, report: { reads: newestVersions(past), ...key?.claim() } });
      await key?.look();
      const listed = await readFormats(db);
      const [tooNew] = unreadable(listed, past);
      // Somebody has allowed it without this process.
      readiness.set(FORMATS_CHECK, tooNew === undefined ? ALL_READABLE : { ok: false, required: true, detail: tooNew.message });
      const waiting = heldUp(listed, [], past).length === 0 ? [] : await allowMore();
      allowed = await readFormats(db);
      gauge.set(waiting.length);
      const held = waiting.map(sentenceOf).join('; ');
      if (held !== '' && held !== toldOf) log.warn('events are still written in an older version', { detail: held });
      toldOf = held;
      return 'idle';
    },
  });
  return {
    allowed: () => allowed,
    past,
    stop: async () => {
      await loop.stop();
      await removeReport(db, reader).catch((error: unknown) => { log.debug('could not take the report back', { error }); });
    },
  };
}

/** Who holds up a version, in words. */
export function sentenceOf({ type, version, by }: HeldUp): string {
  const who = by.map(({ process, instance, reads }) => `${process} ${instance} reads up to version ${reads[type] ?? 0}`).join(', ');
  return `${type} version ${version} is not written yet: ${who === '' ? 'the version before it is held up' : who}`;
}

/** What is held up now, as of the reports of this moment. */
export async function heldUpNow(db: Database, past: History = pastVersions): Promise<readonly HeldUp[]> {
  return heldUp(await readFormats(db), await readReaders(db), past);
}
