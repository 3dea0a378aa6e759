/** A replay as it is planned and stored: a row of replay_jobs. */
import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { z } from 'zod';
import { logEpoch, settledPosition } from '@inventory/db/events.ts';
import type { Database } from '@inventory/db/pool.ts';
import { inRange } from '../publish/outbox.ts';
import type { RangeFilter } from '../publish/outbox.ts';
import { positionsOf } from './range.ts';
import type { Bound } from './range.ts';

export interface ReplayRequest {
  readonly from: Bound;
  readonly to: Bound | undefined;
  readonly filter: RangeFilter;
  /** Events a second; undefined for no limit. */
  readonly rate: number | undefined;
  /** Bytes at which its stream is full; undefined for no limit. */
  readonly maxBytes: number | undefined;
}

interface PlanLine {
  readonly event_type: string;
  readonly store_id: string;
  readonly events: number;
}

export interface ReplayPlan {
  readonly from_position: number;
  readonly to_position: number;
  readonly epoch: number;
  readonly total: number;
  readonly first_at: Date | undefined;
  readonly last_at: Date | undefined;
  readonly lines: readonly PlanLine[];
}

/** The part of a request that a job keeps. A later release may add members, so unknown ones pass. */
const specification = z.object({
  filter: z.object({
    types: z.array(z.string()).optional(),
    stores: z.array(z.string()).optional(),
    products: z.array(z.string()).optional(),
  }),
  rate: z.number().optional(),
  maxBytes: z.number().optional(),
});

type ReplayState = 'running' | 'paused' | 'done' | 'cancelled';

export interface ReplayJob {
  readonly id: string;
  readonly fromPosition: number;
  readonly toPosition: number;
  readonly epoch: number;
  readonly total: number;
  readonly filter: RangeFilter;
  readonly rate: number | undefined;
  readonly maxBytes: number | undefined;
  readonly state: string;
  /** As last written down; its stream knows better. */
  readonly published: number;
  readonly digest: string | undefined;
}

/**
 * Fixes the range and counts its events. It ends at the settled position at the latest, so a range is the same events for
 * ever, published or not.
 * @throws {UsageError} where its beginning lies behind its end
 */
export async function planReplay(db: Database, request: ReplayRequest): Promise<ReplayPlan> {
  const epoch = await logEpoch(db);
  const settled = await settledPosition(db);
  const { first, last } = await positionsOf(db, request.from, request.to);
  const [from, to] = [Math.min(settled + 1, first), Math.min(settled, last)];
  const { rows } = await sql<PlanLine & { readonly first_at: Date; readonly last_at: Date }>`
    SELECT e.event_type, e.store_id, count(*) AS events, min(e.timestamp) AS first_at, max(e.timestamp) AS last_at
    FROM events e WHERE ${inRange(from, to, request.filter)}
    GROUP BY e.event_type, e.store_id ORDER BY e.event_type, e.store_id`.execute(db);
  const times = (pick: 'first_at' | 'last_at') =>
    rows.map((row) => row[pick]).sort((a, b) => a.getTime() - b.getTime());
  return {
    from_position: from,
    to_position: to,
    epoch,
    total: rows.reduce((sum, { events }) => sum + events, 0),
    first_at: times('first_at').at(0),
    last_at: times('last_at').at(-1),
    lines: rows.map(({ event_type, store_id, events }) => ({ event_type, store_id, events })),
  };
}

/** Stores a new job. @returns it with its id: letters and digits, because it is part of its subjects */
export async function createJob(db: Database, request: ReplayRequest, plan: ReplayPlan): Promise<ReplayJob> {
  const id = randomBytes(5).toString('hex');
  const { filter, rate, maxBytes } = request;
  await db.insertInto('replay_jobs').values({
    id, specification: JSON.stringify({ from: request.from, to: request.to, filter, rate, maxBytes }),
    from_position: plan.from_position, to_position: plan.to_position, epoch: plan.epoch, total: plan.total,
  }).execute();
  return {
    id, fromPosition: plan.from_position, toPosition: plan.to_position, epoch: plan.epoch, total: plan.total,
    filter, rate, maxBytes, state: 'running', published: 0, digest: undefined,
  };
}

/** The job of this id; undefined when there is none. */
export async function findJob(db: Database, id: string): Promise<ReplayJob | undefined> {
  const row = await db.selectFrom('replay_jobs').selectAll().where('id', '=', id).executeTakeFirst();
  if (row === undefined) return undefined;
  const { filter, rate, maxBytes } = specification.parse(row.specification);
  const { types, stores, products } = filter;
  return {
    id,
    fromPosition: row.from_position,
    toPosition: row.to_position,
    epoch: row.epoch,
    total: row.total,
    state: row.state,
    published: row.published,
    digest: row.digest ?? undefined,
    rate,
    maxBytes,
    filter: {
      ...(types === undefined ? {} : { types }),
      ...(stores === undefined ? {} : { stores }),
      ...(products === undefined ? {} : { products }),
    },
  };
}

/**
 * Writes down how far a job is. One that was cancelled meanwhile stays cancelled, and one that is done stays done: a second
 * process that was refused by the chain knows less than the one that has ended it.
 */
export async function noteProgress(
  db: Database,
  id: string,
  { state, published, digest }: { readonly state: ReplayState; readonly published: number; readonly digest?: string },
): Promise<void> {
  await db.updateTable('replay_jobs')
    .set({ state, published, ...(digest === undefined ? {} : { digest }), updated_at: sql`clock_timestamp()` })
    .where('id', '=', id).where('state', 'not in', state === 'done' ? ['cancelled'] : ['cancelled', 'done']).execute();
}
