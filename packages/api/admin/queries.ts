/**
 * What relays and projectors last reported about themselves in the table process_reports. The api talks to none of them:
 * a silent process is shown with the age of its last report. A report of another version may lack any of its parts.
 */
import type { Database } from '@inventory/db/pool.ts';
import { CURRENT_SECONDS, readReports as readProcessReports } from '@inventory/db/process-reports.ts';
import { sql } from 'kysely';
import { z } from 'zod';

export const divergence = z.object({
  product_id: z.string(), field: z.string(), kind: z.string(), found: z.string().nullable(), expected: z.string().nullable(),
});

const relayReport = z.object({
  role: z.string(), published_per_second: z.number(), backlog: z.int(), oldest_seconds: z.number().nullable(),
  parked: z.int(), skipped: z.int(), waiting: z.int(),
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
