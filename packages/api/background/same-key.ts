/**
 * All apis of a log make their pseudonyms with one key (PSEUDONYM_KEY): what one has stored, another one finds. So each says in
 * its report by which key it makes them, and one that comes to others that run with another key does not begin: it is not ready
 * and says why, while the others go on.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { CURRENT_SECONDS } from '@inventory/db/process-reports.ts';
import type { Database } from '@inventory/db/pool.ts';
import type { Logger } from '@inventory/runtime/log.ts';
import type { Readiness } from '@inventory/runtime/readiness.ts';
import { sql } from 'kysely';
import type { Pseudonym } from '../commit/names.ts';

const EVERY_MS = 1_000;
const CHECK = 'pseudonyms';

/** What an api says of its key. */
interface Claim {
  /** The pseudonym of a text that all know: equal for equal keys. */
  readonly mark: string;
  /** Since when it has run with this key, ISO 8601: of two that begin at once the later one yields. */
  readonly since: string;
}

interface SameKey {
  /** Resolves when no api runs with another key, or Postgres does not answer. @throws {Error} an AbortError, by the signal */
  wait(signal: AbortSignal): Promise<void>;
  /** Looks at what the others say now, and sets the readiness by it. */
  look(): Promise<boolean>;
  /** What the report says of the key; nothing while another key is in use. */
  claim(): { readonly pseudonyms?: Claim };
}

/** What stands for a key. */
export function markOf(pseudonym: Pseudonym): string {
  return pseudonym('which key is this?');
}

/** The apis that have reported within the last ten seconds, and have another key than this one. */
export async function readOtherKeys(db: Database, mark: string): Promise<readonly { readonly instance: string; readonly since: string }[]> {
  const { rows } = await sql<{ instance: string; since: string }>`
    SELECT instance, report->'pseudonyms'->>'since' AS since FROM process_reports
    WHERE process = 'api' AND reported_at > clock_timestamp() - make_interval(secs => ${CURRENT_SECONDS})
      AND report->'pseudonyms'->>'mark' <> ${mark} ORDER BY since, instance`.execute(db);
  return rows;
}

/** Follows by which keys the apis of a log make their pseudonyms. */
export function createSameKey({ db, instance, pseudonym, log, readiness }: {
  readonly db: Database; readonly instance: string; readonly pseudonym: Pseudonym;
  readonly log: Pick<Logger, 'error'>; readonly readiness: Pick<Readiness, 'set'>;
}): SameKey {
  const mark = markOf(pseudonym);
  let since: string | undefined;
  let told = '';
  const look = async (): Promise<boolean> => {
    const mine = since;
    const other = (await readOtherKeys(db, mark)).find((one) => one.instance !== instance
      && (mine === undefined || one.since < mine || (one.since === mine && one.instance < instance)));
    if (other === undefined) {
      since ??= new Date().toISOString();
      told = '';
      readiness.set(CHECK, { ok: true, required: true, detail: 'no api runs with another PSEUDONYM_KEY' });
      return true;
    }
    since = undefined;
    const detail = `api ${other.instance} runs with another PSEUDONYM_KEY: give this one the same, or stop all apis to change it`;
    if (told !== detail) log.error('another api does not find what this one would store', { detail });
    told = detail;
    readiness.set(CHECK, { ok: false, required: true, detail });
    return false;
  };
  return {
    look,
    claim: () => (since === undefined ? {} : { pseudonyms: { mark, since } }),
    wait: async (signal) => {
      while (!await look().catch(() => true)) await delay(EVERY_MS, undefined, { signal });
    },
  };
}
