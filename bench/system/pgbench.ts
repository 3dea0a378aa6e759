/** What Postgres alone can do, measured by pgbench with the same tables and indexes. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { findBinaries } from '../../scripts/lib/servers/binaries.mjs';
import type { BenchSystem } from './system.ts';

const run = promisify(execFile);

/** `n` reservations of one unit in one transaction, set-based: the least that the tables allow. */
const flow = (rows: number, n: number): string => `
BEGIN;
WITH drawn AS (SELECT DISTINCT 1 + floor(random() * ${rows})::int AS n FROM generate_series(1, ${n})),
held AS (
  SELECT s.id, s.product_id, s.store_id FROM stock s
  WHERE s.id IN (SELECT b.id FROM bench_rows b JOIN drawn USING (n)) ORDER BY s.id FOR UPDATE
), raised AS (
  UPDATE stock s SET reserved = s.reserved + 1, version = s.version + 1, updated_at = now()
  FROM held WHERE s.id = held.id
  RETURNING s.id, s.product_id, s.store_id, s.quantity, s.reserved, s.version, gen_random_uuid() AS reservation_id
), made AS (
  INSERT INTO reservations (id, stock_id, product_id, store_id, customer_id, quantity, status, expires_at, created_by)
  SELECT reservation_id, id, product_id, store_id, 'bench', 1, 'PENDING', now() + interval '1 hour', 'bench' FROM raised
)
INSERT INTO events (id, event_type, store_id, aggregate_id, payload, stream_id, stream_version)
SELECT gen_random_uuid(), 'reservation.created', store_id, product_id, jsonb_build_object(
    'reservation_id', reservation_id, 'stock_id', id, 'product_id', product_id, 'store_id', store_id,
    'customer_id', 'bench', 'quantity', quantity, 'reserved', reserved, 'available', quantity - reserved,
    'version', version, 'delta', 0, 'reserved_delta', 1), id, version
FROM raised;
COMMIT;
`;

interface PgbenchResult {
  readonly reservationsPerSecond: number;
  /** Of one transaction, in ms, on average. */
  readonly latencyMs: number;
}

/** Numbers the stock rows, so that pgbench can draw them; once before `pgbench`. */
export async function preparePgbench({ pool }: BenchSystem): Promise<void> {
  await pool.query('CREATE TABLE bench_rows AS SELECT row_number() OVER ()::int AS n, id FROM stock');
  await pool.query('ALTER TABLE bench_rows ADD PRIMARY KEY (n)');
  await pool.query('ANALYZE bench_rows');
}

/** @throws when there is no pgbench beside the postgres program */
export async function pgbench(
  system: BenchSystem, { rows, each, clients, seconds }: {
    readonly rows: number; readonly each: number; readonly clients: number; readonly seconds: number;
  },
): Promise<PgbenchResult> {
  const server = findBinaries().postgres;
  if (server === undefined) throw new Error('no PostgreSQL program on this machine');
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  try {
    const script = join(folder, 'flow.sql');
    await writeFile(script, flow(rows, each));
    const before = await count(system);
    const { stdout } = await run(join(dirname(server.path), 'pgbench'), [
      '-n', '-f', script, '-c', String(clients), '-j', String(Math.min(2, clients)), '-T', String(seconds),
      '-M', 'prepared', system.databaseUrl,
    ]);
    const latency = /latency average = ([\d.]+) ms/.exec(stdout);
    if (latency === null) throw new Error(`pgbench said:\n${stdout}`);
    return {
      reservationsPerSecond: (await count(system) - before) / seconds,
      latencyMs: Number(latency[1]),
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function count({ pool }: BenchSystem): Promise<number> {
  const { rows } = await pool.query<{ count: string }>('SELECT count(*) FROM reservations');
  return Number(rows[0]?.count);
}
