/**
 * Counts what a piece of work costs Postgres, in things that are the same on every machine: statements and round trips, as
 * they pass on the way to the server, and what the server has written to its log for them. The server has to be the test's
 * own, because its log is that of all its databases.
 */
import type pg from 'pg';
import { startPostgres } from './services.ts';
import { startProxy } from './proxy.ts';

export interface Cost {
  readonly statements: number;
  /** How often the work has sent something and then waited for the answer. */
  readonly roundTrips: number;
  /** Records of tables, indexes and transactions; those of the server's own upkeep are left out. */
  readonly logBytes: number;
  /** Entries in indexes that were made. */
  readonly indexEntries: number;
}

export interface CostMeter {
  /** Of a superuser, straight to the server. */
  readonly adminUrl: string;
  /** The same URL of a database, by the way on which is counted. One connection at a time may work there. */
  counted(url: string): string;
  /** Counts what `work` costs. @param pool a superuser's, on the same server, and not on the counted way */
  measure(pool: pg.Pool, work: () => Promise<unknown>): Promise<Cost>;
  close(): Promise<void>;
}

/** How long each chunk waits on its way, so that what is sent together is seen together, on a busy machine, too. */
const WAY_MS = 5;
// What a statement is, as a client sends it: the execution of a prepared one, or a simple query.
const EXECUTE = 'E'.charCodeAt(0);
const SIMPLE = 'Q'.charCodeAt(0);

/** Starts a server that writes nothing of its own accord: no vacuum, and no images of pages. */
export async function startCostMeter(): Promise<CostMeter> {
  const server = await startPostgres({ settings: ['autovacuum=off', 'full_page_writes=off', 'checkpoint_timeout=1h', 'bgwriter_lru_maxpages=0'] });
  const proxy = await startProxy({ targetPort: server.port });
  let counter = createCounter();
  proxy.transform((chunk, direction) => {
    if (direction === 'to_server') counter.sent(chunk);
    else counter.answered();
    return WAY_MS;
  });
  return {
    adminUrl: server.url,
    counted: (url) => {
      const way = new URL(url);
      way.host = `127.0.0.1:${proxy.port}`;
      return way.href;
    },
    measure: async (pool, work) => {
      await pool.query('CREATE EXTENSION IF NOT EXISTS pg_walinspect');
      const { rows: [start] } = await pool.query<{ lsn: string }>('SELECT pg_current_wal_insert_lsn()::text AS lsn');
      counter = createCounter();
      await work();
      const { statements, roundTrips } = counter;
      const { rows: [end] } = await pool.query<{ lsn: string }>('SELECT pg_current_wal_insert_lsn()::text AS lsn');
      // A range without records is an error to pg_walinspect.
      if (start?.lsn === end?.lsn) return { statements, roundTrips, logBytes: 0, indexEntries: 0 };
      // What does not wait for the disk gets there with the next commit that does.
      await pool.query("SELECT pg_logical_emit_message(true, 'test', '')");
      const { rows: [written] } = await pool.query<{ bytes: number; entries: number }>(`
        SELECT coalesce(sum(record_length), 0)::int AS bytes, count(*) FILTER (WHERE resource_manager = 'Btree'
          AND record_type ~ '^(INSERT_LEAF|INSERT_POST|SPLIT_[LR])')::int AS entries
        FROM pg_get_wal_records_info($1::pg_lsn, $2::pg_lsn)
        WHERE resource_manager NOT IN ('Standby', 'XLOG')`, [start?.lsn, end?.lsn]);
      if (written === undefined) throw new Error('the log was not read');
      return { statements, roundTrips, logBytes: written.bytes, indexEntries: written.entries };
    },
    close: async () => {
      await proxy.close();
      await server.stop();
    },
  };
}

/** Counts on one connection, from a moment at which all of its messages have gone out whole. */
function createCounter() {
  let waiting = true;
  let rest = Buffer.alloc(0);
  const counter = {
    statements: 0, roundTrips: 0,
    answered: () => { waiting = true; },
    sent: (chunk: Buffer) => {
      if (waiting) counter.roundTrips += 1;
      waiting = false;
      rest = Buffer.concat([rest, chunk]);
      // One byte says what a message is, four how long it is, themselves included.
      while (rest.length >= 5 && rest.length > rest.readUInt32BE(1)) {
        if (rest[0] === EXECUTE || rest[0] === SIMPLE) counter.statements += 1;
        rest = rest.subarray(1 + rest.readUInt32BE(1));
      }
    },
  };
  return counter;
}

/** The least of each figure: what else the server does now and then, such as splitting a page, only ever adds to it. */
export function leastOf(costs: readonly Cost[]): Cost {
  const least = (of: (cost: Cost) => number): number => Math.min(...costs.map(of));
  return {
    statements: least(({ statements }) => statements), roundTrips: least(({ roundTrips }) => roundTrips),
    logBytes: least(({ logBytes }) => logBytes), indexEntries: least(({ indexEntries }) => indexEntries),
  };
}
