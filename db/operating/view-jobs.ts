/**
 * What is asked of the projectors through the api: to compare the whole view with the log, or to build it anew. A projector takes a job up,
 * writes down each second how far it is, and ends it. One that lies still for a minute and a half is taken up by another projector;
 * `runs` fences the first one off. One that was taken up five times and lies still again has failed: it may kill projectors.
 */
import { sql } from 'kysely';
import type { Database } from '../pool.ts';
import type { Decider } from './actions.ts';
import { silent } from './steering.ts';

export type ViewJobKind = 'verify' | 'rebuild';

/** A job as a projector has taken it up. */
export interface ViewJob {
  readonly id: string;
  readonly kind: ViewJobKind;
  /** For a comparison: the sums of all events, too. */
  readonly deep: boolean;
  readonly runs: number;
}

export interface ViewJobLine extends Omit<ViewJob, 'runs'> {
  readonly state: 'requested' | 'running' | 'done' | 'failed';
  readonly requested_by: string;
  readonly note: string | null;
  readonly created_at: Date;
  readonly updated_at: Date;
  /** Of the projector that has it. */
  readonly instance: string | null;
  readonly products: number;
  /** Null until it is known. */
  readonly total: number | null;
  readonly result: unknown;
  /** Why it has failed. */
  readonly detail: string | null;
}

const columns = sql`id, kind, deep, state, requested_by, note, created_at, updated_at, instance, products, total, result, detail`;

/** Asks for a job, with the record of who did. @returns it; undefined while there is one of its kind that has not ended */
export async function requestViewJob(
  db: Database, { kind, deep }: Pick<ViewJob, 'kind' | 'deep'>, { by, via, note }: Decider,
): Promise<ViewJobLine | undefined> {
  const { rows } = await sql<ViewJobLine>`
    WITH asked AS (
      INSERT INTO view_jobs (kind, deep, requested_by, note) VALUES (${kind}, ${deep}, ${by}, ${note ?? null})
      ON CONFLICT (kind) WHERE state IN ('requested', 'running') DO NOTHING RETURNING *
    ), recorded AS (
      INSERT INTO operator_actions (actor, via, action, subjects, note)
      SELECT ${by}, ${via}, ${`view.${kind}`}, ARRAY[id::text], ${note ?? null} FROM asked
    )
    SELECT ${columns} FROM asked`.execute(db);
  return rows[0];
}

/** The jobs, the newest first. */
export async function listViewJobs(db: Database, limit: number): Promise<readonly ViewJobLine[]> {
  const { rows } = await sql<ViewJobLine>`SELECT ${columns} FROM view_jobs ORDER BY created_at DESC LIMIT ${limit}`.execute(db);
  return rows;
}

/** How often a job is taken up whose projector falls silent. One that stops in good order puts it back itself. */
const MAX_RUNS = 5;

/**
 * Takes up the job that waits for the longest, or whose projector is gone; undefined where there is none. A job whose fifth
 * projector is gone has failed, and says so.
 */
export async function takeViewJob(db: Database, instance: string): Promise<ViewJob | undefined> {
  const { rows } = await sql<ViewJob>`
    WITH given_up AS (
      UPDATE view_jobs SET state = 'failed', updated_at = clock_timestamp(),
        detail = 'was taken up ' || runs || ' times; the last projector, ' || instance || ', fell silent'
      WHERE state = 'running' AND ${silent} AND runs >= ${MAX_RUNS}
    )
    UPDATE view_jobs SET state = 'running', runs = runs + 1, instance = ${instance}, updated_at = clock_timestamp() WHERE id = (
      SELECT id FROM view_jobs WHERE state = 'requested' OR (state = 'running' AND ${silent} AND runs < ${MAX_RUNS}) ORDER BY created_at LIMIT 1 FOR UPDATE SKIP LOCKED
    ) RETURNING id, kind, deep, runs`.execute(db);
  return rows[0];
}

/** Writes down how far a job is. @returns false where another projector has taken it up */
export async function noteViewJob(
  db: Database, { id, runs }: Pick<ViewJob, 'id' | 'runs'>, { products, total }: { readonly products: number; readonly total: number },
): Promise<boolean> {
  const { numUpdatedRows } = await db.updateTable('view_jobs').set({ products, total, updated_at: sql`clock_timestamp()` })
    .where('id', '=', id).where('runs', '=', runs).where('state', '=', 'running').executeTakeFirst();
  return numUpdatedRows > 0n;
}

type ViewJobEnd =
  | { readonly state: 'done'; readonly products: number; readonly result: object }
  | { readonly state: 'failed'; readonly detail: string }
  /** For the next projector. */
  | { readonly state: 'requested' };

/** Ends a job, unless another projector has taken it up. */
export async function endViewJob(db: Database, { id, runs }: Pick<ViewJob, 'id' | 'runs'>, end: ViewJobEnd): Promise<void> {
  await db.updateTable('view_jobs').set({
    state: end.state, updated_at: sql`clock_timestamp()`,
    ...(end.state === 'done' ? { products: end.products, result: JSON.stringify(end.result) } : {}), ...(end.state === 'failed' ? { detail: end.detail } : {}),
  }).where('id', '=', id).where('runs', '=', runs).where('state', '=', 'running').execute();
}
