/** Whether this release reads all that the log may hold: what each process asks before it does anything with events. */
import { setTimeout as delay } from 'node:timers/promises';
import { pastVersions } from '@inventory/domain/events-stored.ts';
import type { History, Versions } from '@inventory/domain/events-stored.ts';
import { announceReader, unreadable } from './formats.ts';
import type { Database } from '../pool.ts';
import { removeReport } from '../process-reports.ts';
import type { ReportingProcess } from '../process-reports.ts';

const EVERY_MS = 1_000;
export const FORMATS_CHECK = 'formats';

/** What the check says while all is well. */
export const ALL_READABLE = { ok: true, required: true, detail: 'reads all that the log may hold' } as const;

/**
 * Resolves with what may be written when this release reads all of it. While it does not, the process is not ready, says what
 * it cannot read, and does nothing. It also resolves when Postgres does not answer, with undefined: events that are too
 * new are noticed when they are met.
 * @throws {Error} an AbortError, by the signal
 */
export async function waitForFormats({ db, process, instance, past = pastVersions, log, readiness, signal }: {
  readonly db: Database;
  readonly process: ReportingProcess;
  readonly instance: string;
  readonly past?: History;
  readonly log: { error(message: string, fields: { readonly detail: string }): void };
  readonly readiness: { set(check: string, state: { readonly ok: boolean; readonly required: boolean; readonly detail: string }): void };
  readonly signal: AbortSignal;
}): Promise<Versions | undefined> {
  let told = '';
  for (;;) {
    const listed = await announceReader(db, { process, instance, past }).catch(() => undefined);
    const [first] = unreadable(listed ?? {}, past);
    if (first === undefined) {
      readiness.set(FORMATS_CHECK, ALL_READABLE);
      return listed;
    }
    // What does not read holds nobody up.
    await removeReport(db, { process, instance }).catch(() => undefined);
    readiness.set(FORMATS_CHECK, { ok: false, required: true, detail: first.message });
    if (told !== first.message) log.error('the log may hold events that this release cannot read', { detail: first.message });
    told = first.message;
    await delay(EVERY_MS, undefined, { signal });
  }
}
