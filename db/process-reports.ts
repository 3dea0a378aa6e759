/**
 * What processes say about themselves every two seconds, for those that talk to none of them: `relay status`, `projector
 * status` and the api. An api says only which events it reads (formats/formats.ts). Ages are told by the clock of Postgres, which
 * stamps the reports.
 */
import { sql } from 'kysely';
import type { Database } from './pool.ts';

/** A process that has not reported for so long is taken for gone. */
export const CURRENT_SECONDS = 10;

/** Reports are kept, and shown by the api as the last word of whoever is silent, for a day. */
const KEEP_HOURS = 24;

export type ReportingProcess = 'relay' | 'projector' | 'api';

/** A report that people see: of a relay or a projector. */
export interface ProcessReport {
  readonly process: Exclude<ReportingProcess, 'api'>;
  readonly instance: string;
  /** As the process wrote it: one of another version may lack, or have, any part. */
  readonly report: unknown;
  readonly reported_at: Date;
  readonly age_seconds: number;
}

type Reporter = { readonly process: ReportingProcess; readonly instance: string };

/** For so long each report is kept beside the last one, for whoever asks whether it gets better. */
export const HISTORY_SECONDS = 900;

/**
 * Writes the report of an instance in place of its last one, and adds it to the history. What others of its kind said over a day
 * ago goes with it, and what is too old for the history.
 */
export async function writeReport(
  db: Database, { process, instance, report }: Reporter & { readonly report: unknown },
): Promise<void> {
  await sql`
    WITH gone AS (
      DELETE FROM process_reports WHERE process = ${process} AND instance <> ${instance}
        AND reported_at < clock_timestamp() - make_interval(hours => ${KEEP_HOURS})
    ), past AS (
      DELETE FROM process_report_history WHERE reported_at < clock_timestamp() - make_interval(secs => ${HISTORY_SECONDS})
    ), kept AS (
      INSERT INTO process_report_history (process, instance, report)
      SELECT ${process}::text, ${instance}::text, ${JSON.stringify(report)}::jsonb WHERE ${process}::text <> 'api'
    )
    INSERT INTO process_reports (process, instance, report) VALUES (${process}, ${instance}, ${JSON.stringify(report)})
    ON CONFLICT (process, instance) DO UPDATE SET report = excluded.report, reported_at = clock_timestamp()`.execute(db);
}

/**
 * By which an api proves that it can write: a report of the instance $1 that nobody reads, filled with the text $2. Its last
 * one is replaced.
 */
export const PROVE_WRITE = {
  name: 'prove-write',
  text: `INSERT INTO process_reports (process, instance, report) VALUES ('api', $1, jsonb_build_object('filling', $2::text))
    ON CONFLICT (process, instance) DO UPDATE SET report = excluded.report, reported_at = clock_timestamp()`,
} as const;

/** Deletes what apis that are gone have left: their reports, and what they wrote by PROVE_WRITE. */
export async function forgetProofs(db: Database): Promise<void> {
  await sql`DELETE FROM process_reports WHERE process = 'api' AND reported_at < clock_timestamp() - make_interval(hours => ${KEEP_HOURS})`
    .execute(db);
}

/** Takes back the report of an instance that stops in good order. */
export async function removeReport(
  db: Database, { process, instance }: Reporter,
): Promise<void> {
  await db.deleteFrom('process_reports').where('process', '=', process).where('instance', '=', instance).execute();
}

/** The reports of relays and projectors of the last day, the newest first; or only those of one kind of process, or of the last `seconds`. */
export async function readReports(
  db: Database, { process, seconds = KEEP_HOURS * 3600 }: { readonly process?: ProcessReport['process']; readonly seconds?: number } = {},
): Promise<readonly ProcessReport[]> {
  const processes = process === undefined ? ['relay', 'projector'] : [process];
  const { rows } = await sql<ProcessReport>`
    SELECT process, instance, report, reported_at,
      greatest(0, extract(epoch FROM clock_timestamp() - reported_at))::float8 AS age_seconds
    FROM process_reports
    WHERE process = ANY (${processes}::text[]) AND reported_at > clock_timestamp() - make_interval(secs => ${seconds})
    ORDER BY reported_at DESC, process, instance`.execute(db);
  return rows;
}

/** The last report of a kind of process within a span of time; of relays, of the one that led. */
interface PastReport { readonly process: ProcessReport['process']; readonly report: unknown; readonly reported_at: Date }

/**
 * The history of the last seconds, at most one report of each kind of process in each `everySeconds`, ascending in time.
 * @param options `seconds` up to HISTORY_SECONDS
 */
export async function readHistory(
  db: Database, { seconds, everySeconds }: { readonly seconds: number; readonly everySeconds: number },
): Promise<readonly PastReport[]> {
  const { rows } = await sql<PastReport>`
    WITH past AS (
      SELECT process, report, reported_at, floor(extract(epoch FROM reported_at) / ${everySeconds}::int) AS turn
      FROM process_report_history
      WHERE reported_at > clock_timestamp() - make_interval(secs => ${seconds}) AND (process <> 'relay' OR report ->> 'role' = 'leader')
    )
    SELECT DISTINCT ON (turn, process) process, report, reported_at FROM past ORDER BY turn, process, reported_at DESC`.execute(db);
  return rows;
}
