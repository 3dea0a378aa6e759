/**
 * C1: what W1, V1 and R1 cost with a long past in the tables, against the same on an empty log. Both go over a system of
 * their own in the same order, with the same load over as many stock rows.
 */
import { connect } from 'nats';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { appendStockEvents } from '@inventory/testkit/log/fixture.ts';
import { fillPast } from '@inventory/testkit/log/past.ts';
import { acknowledged, lastSequence, timeDrain } from './backlog.ts';
import { median } from '@inventory/testkit/figures/latency.ts';
import { atLeast, atMost, row } from '../results/figures.ts';
import type { Row } from '../results/figures.ts';
import type { StockRow } from '../system/load.ts';
import type { Bench } from '../results/record.ts';
import { openSystem, stock } from '../system/system.ts';
import type { Effort, BenchSystem } from '../system/system.ts';
import { timeVisible } from './visible.ts';
import { openShop, reserve } from './writes.ts';

const VISIBLE_PER_SECOND = 200;

export async function measureGrowth({ effort, measure }: Bench): Promise<void> {
  await measure('C1', () => growth(effort));
}

interface Costs {
  /** Events a second, for each run. */
  readonly drained: readonly number[];
  /** ms, the p50 of each run. */
  readonly visible: readonly number[];
  /** Reservations a second, for each run. */
  readonly reserved: readonly number[];
}

async function growth(effort: Effort): Promise<readonly Row[]> {
  const { rows, past } = effort;
  const empty = await onSystem(effort, (system) => stock(system, rows));
  const full = await onSystem(effort, async ({ pool }) => {
    await fillPast(pool, past);
    const drawn = await pool.query<StockRow & { id: string }>(
      'SELECT id, product_id AS "productId", store_id AS "storeId" FROM stock ORDER BY random() LIMIT $1', [rows]);
    return drawn.rows;
  });
  const what = `with ${past.events} events and ${past.rows} stock rows there`;
  const against = (values: readonly number[]) => ({ what: 'on an empty log', value: median(values) });
  return [
    row({
      id: 'C1-W1', what: `W1 ${what}`, unit: '/s', runs: full.reserved, against: against(empty.reserved), goal: atLeast(0.9, ' ×'),
    }),
    row({
      id: 'C1-V1', what: `V1 (its p50) ${what}`, unit: 'ms', runs: full.visible, against: against(empty.visible),
      goal: atMost(1.11, ' ×'),
    }),
    row({
      id: 'C1-R1', what: `R1 ${what}`, unit: '/s', runs: full.drained, against: against(empty.drained), goal: atLeast(0.9, ' ×'),
    }),
  ];
}

/** The three loads, one after the other, on what `prepare` makes. */
async function onSystem(
  effort: Effort, prepare: (system: BenchSystem) => Promise<readonly (StockRow & { readonly id: string })[]>,
): Promise<Costs> {
  const { runs, backlog, warmupMs, durationMs } = effort;
  const system = await openSystem();
  const nats = await connect({ servers: system.nats.url });
  try {
    const rows = await prepare(system);
    const jsm = await nats.jetstreamManager();
    const drained: number[] = [];
    const unpublished = await countUnpublished(system);
    for (let nth = 0; nth < runs; nth += 1) {
      const left = nth === 0 ? unpublished : 0;
      const appended = await appendStockEvents(system.pool, {
        stockIds: rows.map(({ id }) => id), each: Math.max(1, Math.floor((backlog - left) / rows.length)),
      });
      drained.push(await timeDrain(system, jsm, left + appended));
    }
    await Promise.all([system.start('relay'), system.start('projector')]);
    await eventually(async () => {
      const [behind, last] = [await acknowledged(jsm), await lastSequence(jsm)];
      if (behind < last) throw new Error(`the projector is at ${behind} of ${last}`);
    }, { timeoutMs: 180_000, what: 'a projector that has caught up' });
    const visible: number[] = [];
    for (let nth = 0; nth < runs; nth += 1) {
      visible.push((await timeVisible(system, rows, { perSecond: VISIBLE_PER_SECOND, warmupMs, durationMs })).p50);
    }
    const shop = await openShop(system, rows);
    const reserved: number[] = [];
    for (let nth = 0; nth < runs; nth += 1) reserved.push((await reserve(shop, effort)).perSecond);
    await system.expectInvariants();
    return { drained, visible, reserved };
  } finally {
    await nats.close();
    await system.close();
  }
}

async function countUnpublished({ pool }: BenchSystem): Promise<number> {
  const { rows: [left] } = await pool.query<{ n: number }>('SELECT count(*)::int AS n FROM events_unpublished');
  return left?.n ?? 0;
}
