/**
 * Steering replays: to pause, resume and cancel one. Each is a state of its row, which whoever runs the replay, or the relay that leads,
 * does then, and is recorded with who asked for it, in one statement.
 */
import { sql } from 'kysely';
import type { RawBuilder } from 'kysely';
import type { Database } from '../pool.ts';
import type { Decider } from './actions.ts';

export type Steer = 'pause' | 'resume' | 'cancel';

// Longer than the minute for which a replay waits for a NATS that does not answer.
const SILENT_SECONDS = 90;
/** Of a row of replay_jobs: whoever runs it is gone, if it says that it runs. */
export const silent = sql`updated_at < clock_timestamp() - make_interval(secs => ${SILENT_SECONDS})`;

const STEERED = {
  pause: { from: ['requested', 'running'], to: 'paused' }, resume: { from: ['paused'], to: 'requested' },
  cancel: { from: ['requested', 'running', 'paused', 'done'], to: 'cancelling' },
} as const;

/** The statement `change`, an UPDATE of replay_jobs that returns the id, with the record of it where it changes anything. */
export function recorded(change: RawBuilder<unknown>, steer: Steer, { by, via, note }: Decider) {
  return sql<{ id: string; runs: number }>`
    WITH steered AS (${change}), recorded AS (
      INSERT INTO operator_actions (actor, via, action, subjects, note)
      SELECT ${by}, ${via}, ${`replay.${steer}`}, ARRAY[id], ${note ?? null} FROM steered
    )
    SELECT * FROM steered`;
}

/**
 * Asks for what whoever runs a replay, or the relay that leads, does then: within about a second.
 * @returns the state that the job was in where that does not allow it, or `unknown`; undefined where it was done
 */
export async function steerReplay(db: Database, id: string, steer: Steer, decider: Decider): Promise<string | undefined> {
  const { from, to } = STEERED[steer];
  // A replay that was left running by a process that is gone may be resumed as well.
  const may = steer === 'resume' ? sql`(state = ANY (${[...from]}::text[]) OR (state = 'running' AND ${silent}))` : sql`state = ANY (${[...from]}::text[])`;
  const { rows } = await recorded(sql`
    UPDATE replay_jobs SET state = ${to}, detail = NULL, updated_at = clock_timestamp() WHERE id = ${id} AND ${may} RETURNING id, runs`, steer, decider).execute(db);
  if (rows.length > 0) return undefined;
  return (await db.selectFrom('replay_jobs').select('state').where('id', '=', id).executeTakeFirst())?.state ?? 'unknown';
}

/**
 * Pauses a run for whoever runs it by a command, and records that, unless somebody has paused, cancelled or taken it up meanwhile: then
 * that one's decision stands, and is the one on record.
 * @returns false where it was left as it is
 */
export async function notePaused(
  db: Database, { id, runs }: { readonly id: string; readonly runs: number }, published: number, decider: Decider,
): Promise<boolean> {
  const { rows } = await recorded(sql`
    UPDATE replay_jobs SET state = 'paused', published = ${published}, updated_at = clock_timestamp()
    WHERE id = ${id} AND runs = ${runs} AND state = 'running' RETURNING id, runs`, 'pause', decider).execute(db);
  return rows.length > 0;
}

/** Who did what about a replay, and when. */
export interface ReplayDecision {
  readonly at: Date;
  readonly by: string;
  readonly via: 'api' | 'command';
  readonly action: Steer;
  readonly note: string | null;
}

/** As many for each replay, at most. */
const SHOWN = 10;

/** What was decided about replays, the newest first: at most ten for each. */
export async function decisionsAbout(db: Database, ids: readonly string[]): Promise<ReadonlyMap<string, readonly ReplayDecision[]>> {
  const { rows } = await sql<ReplayDecision & { readonly id: string }>`
    SELECT id, at, actor AS by, via, substr(action, length('replay.') + 1) AS action, note FROM (
      SELECT a.at, a.actor, a.via, a.action, a.note, a.subjects[1] AS id, row_number() OVER (PARTITION BY a.subjects[1] ORDER BY a.at DESC) AS nth
      FROM operator_actions a WHERE a.action LIKE 'replay.%' AND a.subjects[1] = ANY (${[...ids]}::text[])
    ) found WHERE nth <= ${SHOWN} ORDER BY at DESC`.execute(db);
  const decisions = Map.groupBy(rows, ({ id }) => id);
  return new Map(ids.map((id) => [id, (decisions.get(id) ?? []).map(({ at, by, via, action, note }) => ({ at, by, via, action, note }))]));
}
