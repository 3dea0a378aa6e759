/**
 * Replays as they are planned and stored, each a row of replay_jobs: for the relay's command, which carries one out itself, and for
 * the api, which asks the relay that leads for it.
 *
 *   requested ─▶ running ─▶ done        running ⇄ paused        any but done ─▶ cancelling ─▶ cancelled
 *
 * Whoever runs one writes down each second how far it is, and stops where it is not `running` any more. A replay that was requested
 * and lies still for a minute and a half, because its relay was killed, is taken up by the next one. `runs` counts how often it was
 * taken up, and fences: whoever was frozen meanwhile has an older number, by which nothing is written down any more. What it publishes
 * does no harm, because the broker refuses a second publisher (packages/relay/replay/replay.ts).
 */
import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { replaySpecification } from '@inventory/domain/replay-specification.ts';
import { logEpoch, settledPosition } from '../events.ts';
import type { Database } from '../pool.ts';
import { inRange, positionsOf } from './range.ts';
import type { Bound, RangeFilter } from './range.ts';
import type { Decider } from './actions.ts';
import { decisionsAbout, recorded, silent } from './steering.ts';
import type { ReplayDecision } from './steering.ts';

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
  /** How often it was taken up: the number of whoever has taken it up last. */
  readonly runs: number;
}

/** A job, and the number by which whoever runs it has taken it up. */
type Run = Pick<ReplayJob, 'id' | 'runs'>;

/**
 * Fixes the range and counts its events. It ends at the settled position at the latest, so a range is the same events for
 * ever, published or not.
 * @throws {RangeRefused} where its beginning lies behind its end
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

// Measured with everything on one machine of two cores. It serves for an estimate only.
const EVENTS_A_SECOND = 8000;

/** Whole seconds that a replay of so many events may take. */
export function estimatedSeconds(total: number, rate: number | undefined): number {
  return Math.ceil(total / Math.min(EVENTS_A_SECOND, rate ?? Infinity));
}

// A message of the usual events has 1 KB with its headers. The bound is there for what nobody has reckoned with.
const BYTES_AN_EVENT = 2048;
const LEAST_BYTES = 64 * 2 ** 20;

/** Bytes at which the stream of so many events is full, where nobody says it: it shares the disk with the live stream, which a full disk stops. */
export function defaultMaxBytes(total: number): number {
  return Math.max(LEAST_BYTES, total * BYTES_AN_EVENT);
}

/** Who asks a relay for a replay; undefined where whoever makes the job runs it. */
interface Requested { readonly by: string; readonly note: string | undefined }

/** Stores a new job. @returns it with its id: letters and digits, because it is part of its subjects */
export async function createJob(db: Database, request: ReplayRequest, plan: ReplayPlan, requested?: Requested): Promise<ReplayJob> {
  const id = randomBytes(5).toString('hex');
  const { filter, rate, maxBytes } = request;
  const [state, runs] = requested === undefined ? ['running', 1] as const : ['requested', 0] as const;
  await db.insertInto('replay_jobs').values({
    id, specification: JSON.stringify({ from: request.from, to: request.to, filter, rate, maxBytes }), state, runs,
    from_position: plan.from_position, to_position: plan.to_position, epoch: plan.epoch, total: plan.total,
    requested_by: requested?.by ?? null, note: requested?.note ?? null,
  }).execute();
  return {
    id, fromPosition: plan.from_position, toPosition: plan.to_position, epoch: plan.epoch, total: plan.total,
    filter, rate, maxBytes, state, published: 0, digest: undefined, runs,
  };
}

/** The job of this id; undefined when there is none. */
export async function findJob(db: Database, id: string): Promise<ReplayJob | undefined> {
  const row = await db.selectFrom('replay_jobs').selectAll().where('id', '=', id).executeTakeFirst();
  if (row === undefined) return undefined;
  const { filter, rate, maxBytes } = replaySpecification.parse(row.specification);
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
    runs: row.runs,
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
 * Takes a job up and marks it as running, unless it is done or cancelled. @param decider where somebody goes on with it by a command
 * @returns the number of this run; undefined where it has ended
 */
export async function beginRun(db: Database, id: string, decider?: Decider): Promise<number | undefined> {
  const change = sql<{ id: string; runs: number }>`
    UPDATE replay_jobs SET state = 'running', detail = NULL, updated_at = clock_timestamp(), runs = runs + 1
    WHERE id = ${id} AND state <> ALL ('{done,cancelling,cancelled}') RETURNING id, runs`;
  const { rows: [row] } = await (decider === undefined ? change : recorded(change, 'resume', decider)).execute(db);
  return row?.runs;
}

/**
 * Takes up the replay that waits for a relay for the longest, or that a relay has begun and left, and marks it as running. One that has just
 * failed stands behind all others.
 * @returns it with the number of this run; undefined where none waits
 */
export async function takeRequested(db: Database): Promise<Run | undefined> {
  const { rows: [row] } = await sql<Run>`
    UPDATE replay_jobs SET state = 'running', detail = NULL, updated_at = clock_timestamp(), runs = runs + 1 WHERE id = (
      SELECT id FROM replay_jobs WHERE state = 'requested' OR (state = 'running' AND requested_by IS NOT NULL AND ${silent})
      ORDER BY updated_at LIMIT 1 FOR UPDATE SKIP LOCKED
    ) RETURNING id, runs`.execute(db);
  return row;
}

/** True while nobody else has taken the job up. */
export async function isNewestRun(db: Database, { id, runs }: Run): Promise<boolean> {
  const found = await db.selectFrom('replay_jobs').select('runs').where('id', '=', id).executeTakeFirst();
  return found?.runs === runs;
}

/** Writes down how far a job was when somebody had steered it, whatever its state is by now. */
export async function noteCount(db: Database, { id, runs }: Run, published: number): Promise<void> {
  await db.updateTable('replay_jobs').set({ published }).where('id', '=', id).where('runs', '=', runs).execute();
}

/** Writes down how far a running job is. @returns false where it is not to run any more: somebody has paused, cancelled or taken it up */
export async function noteProgress(db: Database, { id, runs }: Run, published: number): Promise<boolean> {
  const { numUpdatedRows } = await db.updateTable('replay_jobs').set({ published, updated_at: sql`clock_timestamp()` })
    .where('id', '=', id).where('runs', '=', runs).where('state', '=', 'running').executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** How a run has ended: for good, for a person to go on with it, or for the relay that leads next. */
type RunEnd = { readonly state: 'done'; readonly digest: string } | { readonly state: 'paused' | 'requested'; readonly detail?: string };

/**
 * Writes down how a run has ended. One that was cancelled meanwhile stays cancelled, and one that is done, or that somebody else has
 * taken up, stays as it is: that one knows more.
 */
export async function noteEnd(db: Database, { id, runs }: Run, published: number, end: RunEnd): Promise<void> {
  const ended = ['cancelling', 'cancelled'];
  await db.updateTable('replay_jobs').set({
    state: end.state, published, updated_at: sql`clock_timestamp()`,
    ...('digest' in end ? { digest: end.digest } : {}), ...('detail' in end ? { detail: end.detail } : {}),
  }).where('id', '=', id).where('runs', '=', runs).where('state', 'not in', end.state === 'done' ? ended
    : end.state === 'requested' ? [...ended, 'done', 'paused'] : [...ended, 'done']).execute();
}

/** The ids of those that are to be cancelled. */
export async function cancellingReplays(db: Database): Promise<readonly string[]> {
  const rows = await db.selectFrom('replay_jobs').select('id').where('state', '=', 'cancelling').orderBy('created_at').execute();
  return rows.map(({ id }) => id);
}

export interface ReplayLine {
  readonly id: string;
  /** As stored, or `interrupted`: stored as running, without news for a minute and a half. */
  readonly state: string;
  readonly published: number;
  readonly total: number;
  readonly from_position: number;
  readonly to_position: number;
  readonly epoch: number;
  readonly specification: unknown;
  readonly digest: string | null;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly requested_by: string | null;
  readonly note: string | null;
  /** Why it is paused, or why its last run failed, of one that waits for the next. */
  readonly detail: string | null;
  /** What was decided about it, the newest first. */
  readonly decisions: readonly ReplayDecision[];
}

const columns = sql`id, CASE WHEN state = 'running' AND ${silent} THEN 'interrupted' ELSE state END AS state,
  published, total, from_position, to_position, epoch, specification, digest, created_at, updated_at, requested_by, note, detail`;

/** Replays, the newest first. */
export async function listReplays(db: Database, limit: number): Promise<readonly ReplayLine[]> {
  const { rows } = await sql<Omit<ReplayLine, 'decisions'>>`
    SELECT ${columns} FROM replay_jobs ORDER BY created_at DESC LIMIT ${limit}`.execute(db);
  return withDecisions(db, rows);
}

/** One of them; undefined when there is none with this id. */
export async function findReplay(db: Database, id: string): Promise<ReplayLine | undefined> {
  const { rows } = await sql<Omit<ReplayLine, 'decisions'>>`SELECT ${columns} FROM replay_jobs WHERE id = ${id}`.execute(db);
  return (await withDecisions(db, rows))[0];
}

async function withDecisions(db: Database, lines: readonly Omit<ReplayLine, 'decisions'>[]): Promise<readonly ReplayLine[]> {
  const decisions = await decisionsAbout(db, lines.map(({ id }) => id));
  return lines.map((line) => ({ ...line, decisions: decisions.get(line.id) ?? [] }));
}
