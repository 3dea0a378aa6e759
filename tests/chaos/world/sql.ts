/** The rig's own connections to Postgres, past all proxies. */
import pg from 'pg';

export interface Sql {
  /** The rows of one statement. @throws what pg throws, also after 5 s without an answer */
  query<R extends pg.QueryResultRow>(text: string, values?: readonly unknown[]): Promise<readonly R[]>;
  /** Runs `work` in one REPEATABLE READ, READ ONLY transaction, so that all rows are of the same instant. */
  snapshot<T>(work: (query: Query) => Promise<T>): Promise<T>;
}

export type Query = <R extends pg.QueryResultRow>(text: string, values?: readonly unknown[]) => Promise<readonly R[]>;

const SHORT = { connectionTimeoutMillis: 2_000, query_timeout: 5_000 } as const;
/** Reading a long log takes a while on a busy machine. */
const LONG = { connectionTimeoutMillis: 10_000, query_timeout: 120_000 } as const;

/** Makes connections to the server that `url` names at that time. */
export function createSql(url: () => string): Sql {
  const connected = async <T>(limits: typeof SHORT | typeof LONG, work: (client: pg.Client) => Promise<T>): Promise<T> => {
    const client = new pg.Client({ connectionString: url(), application_name: 'chaos', ...limits });
    // Without a listener the loss of a connection would end the process.
    client.on('error', () => undefined);
    await client.connect();
    try {
      return await work(client);
    } finally {
      // Not awaited: a frozen server never answers.
      client.end().catch(() => undefined);
    }
  };
  const queryOn = (client: pg.Client): Query => async <R extends pg.QueryResultRow>(text: string, values: readonly unknown[] = []) =>
    (await client.query<R>(text, [...values])).rows;
  return {
    query: <R extends pg.QueryResultRow>(text: string, values: readonly unknown[] = []) =>
      connected(SHORT, (client) => queryOn(client)<R>(text, values)),
    snapshot: (work) => connected(LONG, async (client) => {
      await client.query('BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY');
      try {
        return await work(queryOn(client));
      } finally {
        await client.query('ROLLBACK');
      }
    }),
  };
}
