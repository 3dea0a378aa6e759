/** W1 to W4 and N1: reservations over HTTP with everything on, the relay and the projector running beside. */
import type { TestProcess } from '@inventory/testkit/processes/processes.ts';
import { startCosts } from '../system/cost.ts';
import { median } from '@inventory/testkit/figures/latency.ts';
import { atLeast, atMost, row } from '../results/figures.ts';
import type { Row } from '../results/figures.ts';
import { measurePeer } from '../peers/peers.ts';
import type { Bench } from '../results/record.ts';
import type { Customer, LoadResult, StockRow } from '../system/load.ts';
import { pgbench, preparePgbench } from '../system/pgbench.ts';
import { customers, generate, openSystem, stock } from '../system/system.ts';
import type { Effort, BenchSystem } from '../system/system.ts';

/** Of each load of reservations that is to find the peak. */
export const CONNECTIONS = 64;
const WHAT = `POST /reservations, everything on, ${CONNECTIONS} connections`;
/** Transactions of a baseline that run at once, each on a connection of its own. */
const BASELINE_LANES = '8';

export interface Shop {
  readonly system: BenchSystem;
  readonly api: TestProcess;
  readonly rows: readonly StockRow[];
  readonly customers: readonly Customer[];
}

/** Starts an api on a system that has its rows already, with tokens for the customers who will reserve there. */
export async function openShop(
  system: BenchSystem, rows: readonly StockRow[], env: Readonly<Record<string, string>> = {},
): Promise<Shop> {
  const [api, people] = await Promise.all([system.start('api', env), customers(system)]);
  return { system, api, rows, customers: people };
}

/** The whole system with stock in it; `use` gets it, and the invariants must hold behind it. */
export async function withShop<T>(
  effort: Effort, use: (shop: Shop) => Promise<T>, env: Readonly<Record<string, string>> = {},
): Promise<T> {
  const system = await openSystem();
  try {
    const rows = await stock(system, effort.rows);
    const [shop] = await Promise.all([openShop(system, rows, env), system.start('relay'), system.start('projector')]);
    const result = await use(shop);
    await system.expectInvariants();
    return result;
  } finally {
    await system.close();
  }
}

/** Loads one api once. @throws when anything but 201 was answered */
export async function reserve(
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

export async function measureWrites({ effort, wanted, measure, note, peers }: Bench): Promise<void> {
  await measure('W4', async () => [await oneClient(effort)]);
  if (wanted('W1', 'W2', 'W3', 'N1')) {
    let many: readonly LoadResult[] = [];
    let onOneRow: readonly LoadResult[] = [];
    let perTransaction = 0;
    await withShop(effort, async (shop) => {
      const costs = await startCosts(shop.system);
      many = await repeat(effort.runs, () => reserve(shop, effort));
      const cost = await costs();
      perTransaction = cost.reservationsPerTransaction;
      note(cost);
      const peak = median(many.map(({ perSecond }) => perSecond));
      await measure('W2', async () => {
        onOneRow = await repeat(effort.runs, () => reserve(shop, effort, { rows: shop.rows.slice(0, 1) }));
        await shop.system.expectInvariants();
        return [row({
          id: 'W2', what: 'the same on one stock row', unit: '/s', runs: onOneRow.map(({ perSecond }) => perSecond),
          against: { what: 'W1', value: peak }, goal: atLeast(0.9, ' × W1'),
        })];
      });
      await measure('W3', async () => {
        const half = await repeat(effort.runs, () => reserve(shop, effort, { rate: peak / 2 }));
        await shop.system.expectInvariants();
        return [row({
          id: 'W3', what: `p99 of W1 at half its peak, ${Math.round(peak / 2)}/s`, unit: 'ms',
          runs: half.map(({ latency }) => latency.p99), goal: atMost(20, ' ms'),
          also: half.map((result) => describe(result)).at(-1) ?? '',
        })];
      });
    });
    await measure('W1', () => besidePeak(effort, many));
    if (peers) {
      await measure('W1', () => besideMedusa(effort, many));
      if (onOneRow.length > 0) await measure('W2', () => besideEmmett(effort, onOneRow));
    }
    await measure('N1', () => twoProcesses(effort, median(many.map(({ perSecond }) => perSecond)), perTransaction));
  }
}

/** W1's row needs its baselines; they run beside nothing else. */
async function besidePeak(effort: Effort, many: readonly LoadResult[]): Promise<Row[]> {
  const also = many.slice(-1).map(describe).join('');
  const runs = many.map(({ perSecond }) => perSecond);
  const single = await withShop(effort, (shop) => reserve(shop, effort), {
    COMMIT_MAX_COMMANDS: '1', COMMIT_LANES: BASELINE_LANES,
  });
  const raw = await rawPostgres(effort, { each: 100, clients: 4 });
  return [
    row({
      id: 'W1a', what: WHAT, unit: '/s', runs, also, goal: atLeast(5, ' ×'),
      against: { what: `one transaction a request, ${BASELINE_LANES} at once`, value: single.perSecond },
    }),
    row({
      id: 'W1c', what: WHAT, unit: '/s', runs, goal: atLeast(0.15, ' ×'),
      against: { what: 'pgbench, 100 reservations a transaction', value: raw.reservationsPerSecond },
    }),
  ];
}

async function besideMedusa(effort: Effort, many: readonly LoadResult[]): Promise<Row[]> {
  const medusa = await measurePeer('medusa', effort);
  return [row({
    id: 'W1b', what: WHAT, unit: '/s', runs: many.map(({ perSecond }) => perSecond), goal: atLeast(20, ' ×'),
    against: { what: `Medusa's inventory module in process, ${medusa.atOnce} at once`, value: medusa.perSecond }, also: medusa.also,
  })];
}

async function besideEmmett(effort: Effort, onOneRow: readonly LoadResult[]): Promise<Row[]> {
  const emmett = await measurePeer('emmett', effort);
  return [row({
    id: 'W2b', what: 'the same on one stock row', unit: '/s', runs: onOneRow.map(({ perSecond }) => perSecond), goal: atLeast(20, ' ×'),
    against: { what: `Emmett's appendToStream on one stream, ${emmett.atOnce} at once`, value: emmett.perSecond }, also: emmett.also,
  })];
}

async function rawPostgres(effort: Effort, { each, clients }: { readonly each: number; readonly clients: number }) {
  const system = await openSystem();
  try {
    await stock(system, effort.rows);
    await preparePgbench(system);
    return await pgbench(system, { rows: effort.rows, each, clients, seconds: Math.ceil(effort.durationMs / 1000) });
  } finally {
    await system.close();
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

/** N1: two api processes share what one had alone; `perTransaction` of its reservations went into a transaction. */
async function twoProcesses(effort: Effort, alone: number, perTransaction: number): Promise<readonly Row[]> {
  const { runs, cost } = await withShop(effort, async (shop) => {
    const second = await shop.system.start('api');
    const costs = await startCosts(shop.system);
    const half = CONNECTIONS / 2;
    const together = await repeat(effort.runs, async () => {
      const [left, right] = await Promise.all([
        reserve(shop, effort, { connections: half }), reserve({ ...shop, api: second }, effort, { connections: half }),
      ]);
      return left.perSecond + right.perSecond;
    });
    return { runs: together, cost: await costs() };
  });
  return [
    row({
      id: 'N1', what: 'two api processes', unit: '/s', runs, against: { what: 'one', value: alone }, goal: atLeast(0.9, ' ×'),
    }),
    row({
      id: 'N1b', what: 'transactions for 1 000 reservations, two api processes', unit: 'transactions',
      runs: [1_000 / cost.reservationsPerTransaction], against: { what: 'one', value: 1_000 / perTransaction },
      goal: atMost(1.05, ' ×'),
    }),
  ];
}
