/** What a row of the bench is measured on: private servers that wait for the disk, and our processes. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { createTestDatabase, createTestPool, patientConfig } from '@inventory/db/testing/database.ts';
import pg from 'pg';
import { expectInvariants } from '@inventory/testkit/invariants/invariants.ts';
import { addStockRows, appendStockEvents } from '@inventory/testkit/log/fixture.ts';
import { spawnProcess, startProcess } from '@inventory/testkit/processes/processes.ts';
import type { ProcessName, TestProcess } from '@inventory/testkit/processes/processes.ts';
import { startNats, startPostgres, startRedis } from '@inventory/testkit/servers/services.ts';
import type { Service } from '@inventory/testkit/servers/service.ts';
import { createTestKeys } from '@inventory/testkit/http/tokens.ts';
import type { TestKeys } from '@inventory/testkit/http/tokens.ts';
import { childrenOf, readStat } from '../../scripts/lib/process/proc.mjs';
import type { Customer, LoadResult, LoadSpec, StockRow } from './load.ts';

/** How long and how often; `quick` is for a look, not for a figure. */
export interface Effort {
  readonly runs: number;
  readonly warmupMs: number;
  readonly durationMs: number;
  /** Stock rows that a load is spread over. */
  readonly rows: number;
  /** Events of a backlog. */
  readonly backlog: number;
  /** Events of a log that is replayed. */
  readonly replayed: number;
  /** What a view is rebuilt from. */
  readonly rebuilt: LogSize;
  /** What has happened before a load whose cost must not grow with it. */
  readonly past: LogSize;
}

interface LogSize { readonly rows: number; readonly events: number }

export const FULL: Effort = {
  runs: 3, warmupMs: 3_000, durationMs: 10_000, rows: 10_000, backlog: 200_000, replayed: 1_000_000,
  rebuilt: { rows: 100_000, events: 1_000_000 }, past: { rows: 100_000, events: 5_000_000 },
};
export const QUICK: Effort = {
  runs: 1, warmupMs: 2_000, durationMs: 5_000, rows: 2_000, backlog: 20_000, replayed: 40_000,
  rebuilt: { rows: 10_000, events: 100_000 }, past: { rows: 20_000, events: 200_000 },
};

/** The parts of the system whose cost is counted apart. */
export type Part = ProcessName | 'postgres' | 'redis' | 'nats';

export interface BenchSystem {
  readonly databaseUrl: string;
  readonly pool: pg.Pool;
  readonly postgres: Service;
  readonly redis: Service;
  readonly nats: Service;
  readonly keys: TestKeys;
  /** Starts one of our processes on these servers; it stops with the system at the latest. */
  start(command: ProcessName, env?: Readonly<Record<string, string>>): Promise<TestProcess>;
  /** Runs a command of ours, such as `relay replay`, whose output is lines of JSON; it need not log that it is ready. */
  spawn(command: ProcessName, args: readonly string[]): Promise<TestProcess>;
  /** What each part of the system has computed so far; what has ended is left out. In CPU seconds. */
  cpuSeconds(): Readonly<Record<Part, number>>;
  /** The invariants of the tables: no figure counts after a load that breaks one. @throws naming what is broken */
  expectInvariants(): Promise<void>;
  close(): Promise<void>;
}

const PROJECT = join(import.meta.dirname, '..', '..');
const CHECK_TIMEOUT_MS = 900_000;
/** No rate limit and no limit of holds slows the load down. */
const UNLIMITED = {
  RATE_LIMIT_USER: '1000000000', RATE_LIMIT_IP: '1000000000', HOLD_MAX_UNITS: '1000000',
  HOLD_MAX_RESERVATIONS: '1000000', CONFIRM_MAX_UNITS_PER_DAY: '1000000',
};

/**
 * Servers with fsync on and the memory that a small production server has; nothing runs on them yet.
 * @param settings more of Postgres', as `name=value`
 */
export async function openSystem(settings: readonly string[] = []): Promise<BenchSystem> {
  const [postgres, redis, nats, keys] = await Promise.all([
    startPostgres({ fsync: true, settings: ['shared_buffers=1GB', 'max_wal_size=8GB', 'checkpoint_timeout=15min', ...settings] }),
    startRedis(), startNats(), createTestKeys(),
  ]);
  const database = await createTestDatabase(postgres.url);
  const pool = createTestPool(database.url, 8);
  const started: TestProcess[] = [];
  const named: { readonly command: ProcessName; readonly pid: number }[] = [];
  const common = {
    DATABASE_URL: database.url, REDIS_URL: redis.url, NATS_URL: nats.url, JWT_PUBLIC_KEY: keys.publicKeyPem, PORT: '0',
    ...UNLIMITED,
  };
  return {
    databaseUrl: database.url, pool, postgres, redis, nats, keys,
    start: async (command, env = {}) => {
      const process = await startProcess({ command, args: command === 'api' ? [] : ['run'], env: { ...common, ...env } });
      started.push(process);
      named.push({ command, pid: process.pid });
      return process;
    },
    cpuSeconds: () => {
      const cpuSeconds = (pid: number): number => readStat(pid)?.cpuSeconds ?? 0;
      const ofOurs = (wanted: ProcessName): number =>
        named.reduce((sum, { command, pid }) => sum + (command === wanted ? cpuSeconds(pid) : 0), 0);
      const ofServer = ({ local }: Service): number => (local === undefined ? 0
        : [local.pid, ...childrenOf(local.pid)].reduce((sum, pid) => sum + cpuSeconds(pid), 0));
      return {
        api: ofOurs('api'), relay: ofOurs('relay'), projector: ofOurs('projector'),
        postgres: ofServer(postgres), redis: ofServer(redis), nats: ofServer(nats),
      };
    },
    spawn: async (command, args) => {
      const process = await spawnProcess({ command, args, env: common });
      started.push(process);
      return process;
    },
    expectInvariants: async () => {
      // A log of millions is read whole, which takes longer than any query of a test may.
      const patient = new pg.Pool({
        ...patientConfig(database.url), max: 1, query_timeout: CHECK_TIMEOUT_MS, statement_timeout: CHECK_TIMEOUT_MS,
        // Sorted in memory, not on disk.
        options: '-c work_mem=512MB',
      });
      // After its end an error still arrives when the server stops.
      patient.on('error', () => undefined);
      try {
        await expectInvariants(patient);
      } finally {
        await patient.end();
      }
    },
    close: async () => {
      await Promise.allSettled(started.map((process) => process.stop()));
      await pool.end();
      await Promise.allSettled([postgres.stop(), redis.stop(), nats.stop()]);
    },
  };
}

/** Fills a system's tables with rows of much stock. @returns the rows, in no order */
export async function stock({ pool }: BenchSystem, rows: number, units = 1_000_000): Promise<readonly (StockRow & { id: string })[]> {
  const stockIds = await addStockRows(pool, { rows });
  for (let at = 0; at < rows; at += 5_000) {
    await appendStockEvents(pool, { stockIds: stockIds.slice(at, at + 5_000), units });
  }
  await pool.query('ANALYZE');
  const { rows: all } = await pool.query<{ id: string; productId: string; storeId: string }>(
    'SELECT id, product_id AS "productId", store_id AS "storeId" FROM stock WHERE id = ANY ($1)', [stockIds]);
  return all;
}

export async function customers({ keys }: BenchSystem, count = 5_000): Promise<readonly Customer[]> {
  return Promise.all(Array.from({ length: count }, async (_, nth) => {
    const id = `bench-${nth}`;
    return { id, token: await keys.token({ role: 'customer', userId: id, expiresIn: '12h' }) };
  }));
}

/** Runs the generator in a process of its own. */
export async function generate(spec: LoadSpec): Promise<LoadResult> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'load.ts')], {
    cwd: PROJECT, stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(JSON.stringify(spec));
  const [result, [code]] = await Promise.all([json(child.stdout), once(child, 'exit')]);
  if (code !== 0 || !isLoadResult(result)) throw new Error(`the load generator ended with ${code}`);
  return result;
}

function isLoadResult(value: unknown): value is LoadResult {
  return typeof value === 'object' && value !== null && 'perSecond' in value && 'latency' in value;
}
