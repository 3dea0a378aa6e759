/** W1 to W4 and N1: reservations over HTTP with everything on, the relay and the projector running beside. */
import { expectInvariants } from '../invariants.ts';
import type { TestProcess } from '../processes.ts';
import { atLeast, atMost, median, row } from './figures.ts';
import type { Row } from './figures.ts';
import type { Customer, LoadResult, StockRow } from './load.ts';
import { pgbench, preparePgbench } from './pgbench.ts';
import { customers, generate, openStage, stock } from './stage.ts';
import type { Effort, Stage } from './stage.ts';

const CONNECTIONS = 64;
/** Transactions of a baseline that run at once, each on a connection of its own. */
const BASELINE_LANES = '8';

interface Shop {
  readonly stage: Stage;
  readonly api: TestProcess;
  readonly rows: readonly StockRow[];
  readonly customers: readonly Customer[];
}

/** The whole system with stock in it; `use` gets it, and the invariants must hold behind it. */
async function withShop<T>(
  effort: Effort, use: (shop: Shop) => Promise<T>, env: Readonly<Record<string, string>> = {},
): Promise<T> {
  const stage = await openStage();
  try {
    const rows = await stock(stage, effort.rows);
    const [api, people] = await Promise.all([
      stage.start('api', env), customers(stage), stage.start('relay'), stage.start('projector'),
    ]);
    const result = await use({ stage, api, rows, customers: people });
    await expectInvariants(stage.pool);
    return result;
  } finally {
    await stage.close();
  }
}

/** Loads one api once. @throws when anything but 201 was answered */
async function reserve(
  { api, rows, customers: people }: Shop, effort: Effort, how: {
    readonly connections?: number; readonly rate?: number; readonly rows?: readonly StockRow[];
  } = {},
): Promise<LoadResult> {
  const { connections = CONNECTIONS, rate = 'closed' } = how;
  const result = await generate({
    port: api.port, connections, rate, warmupMs: effort.warmupMs, durationMs: effort.durationMs,
    requests: { kind: 'reserve', rows: how.rows ?? rows, customers: people },
  });
  const others = Object.keys(result.statuses).filter((status) => status !== '201');
  if (others.length > 0) throw new Error(`not only 201 was answered: ${JSON.stringify(result.statuses)}`);
  return result;
}

async function repeat<T>(times: number, what: () => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (let nth = 0; nth < times; nth += 1) results.push(await what());
  return results;
}

const describe = ({ latency: { p50, p95, p99, max } }: LoadResult): string =>
  `p50 ${p50.toFixed(1)} ms, p95 ${p95.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, max ${max.toFixed(0)} ms`;

export async function measureWrites(effort: Effort, wanted: (id: string) => boolean): Promise<readonly Row[]> {
  const rows: Row[] = [];
  let many: readonly LoadResult[] = [];
  let peak = 0;
  await withShop(effort, async (shop) => {
    many = await repeat(effort.runs, () => reserve(shop, effort));
    peak = median(many.map(({ perSecond }) => perSecond));
    if (wanted('W2')) {
      const one = await repeat(effort.runs, () => reserve(shop, effort, { rows: shop.rows.slice(0, 1) }));
      rows.push(row({
        id: 'W2', what: 'the same on one stock row', unit: '/s', runs: one.map(({ perSecond }) => perSecond),
        against: { what: 'W1', value: peak }, goal: atLeast(0.9, ' × W1'),
      }));
    }
    if (wanted('W3')) {
      const half = await repeat(effort.runs, () => reserve(shop, effort, { rate: peak / 2 }));
      rows.push(row({
        id: 'W3', what: `p99 of W1 at half its peak, ${Math.round(peak / 2)}/s`, unit: 'ms',
        runs: half.map(({ latency }) => latency.p99), goal: atMost(20, ' ms'),
        also: half.map((result) => describe(result)).at(-1) ?? '',
      }));
    }
  });
  if (wanted('W1')) rows.unshift(...await besidePeak(effort, many));
  if (wanted('W4')) rows.push(await oneClient(effort));
  if (wanted('N1')) rows.push(await twoProcesses(effort, peak));
  return rows;
}

/** W1's row needs its baselines; they run beside nothing else. */
async function besidePeak(effort: Effort, many: readonly LoadResult[]): Promise<Row[]> {
  const also = many.slice(-1).map(describe).join('');
  const runs = many.map(({ perSecond }) => perSecond);
  const what = 'POST /reservations, everything on, 64 connections';
  const single = await withShop(effort, (shop) => reserve(shop, effort), {
    COMMIT_MAX_COMMANDS: '1', COMMIT_LANES: BASELINE_LANES,
  });
  const raw = await rawPostgres(effort, { each: 100, clients: 4 });
  return [
    row({
      id: 'W1a', what, unit: '/s', runs, also, goal: atLeast(5, ' ×'),
      against: { what: `one transaction a request, ${BASELINE_LANES} at once`, value: single.perSecond },
    }),
    row({
      id: 'W1c', what, unit: '/s', runs, goal: atLeast(0.15, ' ×'),
      against: { what: 'pgbench, 100 reservations a transaction', value: raw.reservationsPerSecond },
    }),
  ];
}

async function rawPostgres(effort: Effort, { each, clients }: { readonly each: number; readonly clients: number }) {
  const stage = await openStage();
  try {
    await stock(stage, effort.rows);
    await preparePgbench(stage);
    return await pgbench(stage, { rows: effort.rows, each, clients, seconds: Math.ceil(effort.durationMs / 1000) });
  } finally {
    await stage.close();
  }
}

async function oneClient(effort: Effort): Promise<Row> {
  const ours = await withShop(effort, (shop) => repeat(effort.runs, () => reserve(shop, effort, { connections: 1 })));
  const raw = await rawPostgres(effort, { each: 1, clients: 1 });
  return row({
    id: 'W4', what: 'one client, nobody else: median latency', unit: 'ms', runs: ours.map(({ latency }) => latency.p50),
    against: { what: 'pgbench, the same flow, one client', value: raw.latencyMs }, goal: atMost(3, ' ×'),
  });
}

/** N1: two api processes share what one had alone. */
async function twoProcesses(effort: Effort, alone: number): Promise<Row> {
  const runs = await withShop(effort, async (shop) => {
    const second = await shop.stage.start('api');
    return repeat(effort.runs, async () => {
      const half = CONNECTIONS / 2;
      const [left, right] = await Promise.all([
        reserve(shop, effort, { connections: half }), reserve({ ...shop, api: second }, effort, { connections: half }),
      ]);
      return left.perSecond + right.perSecond;
    });
  });
  return row({
    id: 'N1', what: 'two api processes', unit: '/s', runs, against: { what: 'one', value: alone }, goal: atLeast(0.9, ' ×'),
  });
}
