/** Which statements Postgres has worked at, by its extension pg_stat_statements. */
import type { BenchSystem } from '../system/system.ts';

export interface Statement {
  /** The role that sent it, such as `api`. */
  readonly by: string;
  readonly calls: number;
  /** Milliseconds of all calls together, waiting for locks and the disk included. */
  readonly totalMs: number;
  /** Of these, making plans. A statement that is prepared under a name is planned once. */
  readonly planMs: number;
  /** Bytes of Postgres' log. */
  readonly logBytes: number;
  readonly text: string;
}

/** What the server has to be started with. */
export const STATEMENT_SETTINGS = ['shared_preload_libraries=pg_stat_statements', 'pg_stat_statements.track=all', 'pg_stat_statements.track_planning=on'];

/** Begins to count; the function that it resolves with tells the dearest statements since then, the dearest first. */
export async function countStatements({ pool }: BenchSystem): Promise<(limit: number) => Promise<readonly Statement[]>> {
  await pool.query('CREATE EXTENSION IF NOT EXISTS pg_stat_statements');
  await pool.query('SELECT pg_stat_statements_reset()');
  return async (limit) => {
    const { rows } = await pool.query<Statement>(`
      SELECT coalesce((SELECT rolname FROM pg_roles WHERE oid = userid), '') AS by, calls::int AS calls,
        total_exec_time + total_plan_time AS "totalMs", total_plan_time AS "planMs", wal_bytes::float8 AS "logBytes", regexp_replace(query, '\\s+', ' ', 'g') AS text
      FROM pg_stat_statements WHERE query NOT LIKE '%pg_stat_statements%' ORDER BY 3 DESC LIMIT $1`, [limit]);
    return rows;
  };
}
