/**
 * What relays and projectors last reported about themselves in the table process_reports. The api talks to none of them:
 * a silent process is shown with the age of its last report. A report of another version may lack any of its parts.
 */
import type { Database } from '@inventory/db/pool.ts';
import { CURRENT_SECONDS, readHistory, readReports as readProcessReports } from '@inventory/db/process-reports.ts';
import { sql } from 'kysely';
import { z } from 'zod';

export const divergence = z.object({
  product_id: z.string(), field: z.string(), kind: z.string(), found: z.string().nullable(), expected: z.string().nullable(),
});

const consumerStanding = z.object({
  name: z.string(), durable: z.boolean(), filter: z.array(z.string()), pending: z.int(), unacknowledged: z.int(), redelivered: z.int(),
  acknowledged: z.int(), behind_since: z.iso.datetime().nullable(),
});

const relayReport = z.object({
  role: z.string(), published_per_second: z.number(), backlog: z.int(), oldest_seconds: z.number().nullable(),
  parked: z.int(), skipped: z.int(), waiting: z.int(),
  consumers: z.array(consumerStanding).optional(),
});

const projectorReport = z.object({
  epoch: z.int(), position: z.int().nullable(), newest: z.int(), watermark: z.iso.datetime().nullable(),
  watermark_age_ms: z.number().nullable(), last_sealed: z.iso.datetime().nullable(),
  stream: z.object({ pending: z.int() }).nullable(),
  verified: z.object({
    at: z.iso.datetime().nullable(), round_at: z.iso.datetime().nullable(), round_products: z.int().nullable(),
    divergent_products: z.int(), differences: z.array(divergence),
  }).optional(),
});

type RelayReport = z.output<typeof relayReport>;
export type ProjectorReport = z.output<typeof projectorReport>;

/** How far publishing and the view were behind at a time; null for what nobody reported then. */
export const sample = z.object({
  at: z.iso.datetime(),
  newest_position: z.int().nullable(),
  backlog: z.int().nullable(),
  oldest_seconds: z.number().nullable(),
  published_per_second: z.number().nullable(),
  events_behind: z.int().nullable(),
  behind_ms: z.number().nullable(),
});
type Sample = z.output<typeof sample>;

/** Samples of a history, at most. */
const MOST_SAMPLES = 180;
/** Reports come every two seconds. */
const LEAST_EVERY_SECONDS = 2;

/** A process as its own last report shows it. */
export const reporter = z.object({
  process: z.enum(['relay', 'projector']),
  instance: z.string(),
  role: z.string().nullable(),
  reported_at: z.iso.datetime(),
  age_seconds: z.number(),
  current: z.boolean(),
});
type Reporter = z.output<typeof reporter>;

export interface Reports {
  /** Now, by the clock of Postgres. */
  readonly at: Date;
  readonly epoch: number;
  /** All that reported within the last day, the newest report first. */
  readonly reporters: readonly Reporter[];
  /** Of those that are current. */
  readonly relays: readonly RelayReport[];
  readonly projectors: readonly ProjectorReport[];
}

/** @throws the error of Postgres */
export async function readReports(db: Database): Promise<Reports> {
  const { rows: [now] } = await sql<{ at: Date; epoch: number }>`
    SELECT clock_timestamp() AS at, epoch FROM log_epoch`.execute(db);
  if (now === undefined) throw new Error('the log has no epoch');
  const reporters: Reporter[] = [];
  const relays: RelayReport[] = [];
  const projectors: ProjectorReport[] = [];
  for (const { process, instance, report, reported_at: at, age_seconds: age } of await readProcessReports(db)) {
    const current = age <= CURRENT_SECONDS;
    const relay = process === 'relay' ? relayReport.safeParse(report).data : undefined;
    const projector = process === 'projector' ? projectorReport.safeParse(report).data : undefined;
    reporters.push({
      process, instance, role: relay?.role ?? null, reported_at: at.toISOString(),
      age_seconds: Math.round(age * 10) / 10, current,
    });
    if (current && relay !== undefined) relays.push(relay);
    if (current && projector !== undefined) projectors.push(projector);
  }
  return { ...now, reporters, relays, projectors };
}

/**
 * What relays and projectors reported in the last seconds, ascending in time: one sample for each few seconds.
 * @throws the error of Postgres
 */
export async function readSamples(db: Database, seconds: number): Promise<readonly Sample[]> {
  const everySeconds = Math.max(LEAST_EVERY_SECONDS, Math.ceil(seconds / MOST_SAMPLES));
  const byTime = Map.groupBy(await readHistory(db, { seconds, everySeconds }), ({ reported_at: at }) => Math.floor(at.getTime() / 1000 / everySeconds));
  return [...byTime.values()].map((reports) => {
    const of = (process: 'relay' | 'projector'): unknown => reports.find((each) => each.process === process)?.report;
    const relay = relayReport.safeParse(of('relay')).data;
    const projector = projectorReport.safeParse(of('projector')).data;
    return {
      at: new Date(Math.max(...reports.map(({ reported_at: at }) => at.getTime()))).toISOString(),
      newest_position: projector?.newest ?? null,
      backlog: relay?.backlog ?? null, oldest_seconds: relay?.oldest_seconds ?? null, published_per_second: relay?.published_per_second ?? null,
      events_behind: projector?.position == null ? null : Math.max(0, projector.newest - projector.position),
      behind_ms: projector?.watermark_age_ms ?? null,
    };
  });
}
