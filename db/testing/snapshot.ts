/** One unchanging picture of the database, for checks that compare tables with each other while writes go on. */
import { CompiledQuery, sql } from 'kysely';
import type { QueryResultRow } from 'pg';
import type { Database } from '../pool.ts';

export interface Snapshot {
  /** The rows of a statement, those of all statements as of the same instant. */
  readonly query: <R extends QueryResultRow>(text: string, values?: readonly unknown[]) => Promise<readonly R[]>;
}

/**
 * Runs `work` in one REPEATABLE READ, READ ONLY transaction. The server's statement_timeout is off in it. The client's
 * query_timeout (4 s by clientConfig) still ends a statement, so a long log needs a pool with a longer one.
 */
export function inSnapshot<T>(db: Database, work: (snapshot: Snapshot) => Promise<T>): Promise<T> {
  return db.transaction().setIsolationLevel('repeatable read').setAccessMode('read only').execute(async (trx) => {
    await sql`SET LOCAL statement_timeout = 0`.execute(trx);
    return work({
      query: async <R extends QueryResultRow>(text: string, values: readonly unknown[] = []) => {
        const { sql: statement, parameters, query, queryId } = CompiledQuery.raw(text, [...values]);
        return (await trx.executeQuery<R>({ sql: statement, parameters, query, queryId })).rows;
      },
    });
  });
}
