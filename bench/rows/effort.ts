/**
 * E1 to E3: what one reservation costs, whatever the machine has to spare. Processor time is that of all parts together, from
 * the request to the view; the load generator's is left out. It is counted by Linux in hundredths of a second for each
 * process, so a load of some thousand reservations gives it to less than one per cent.
 */
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { median } from '@inventory/testkit/figures/latency.ts';
import { atMost, row } from '../results/figures.ts';
import type { Row } from '../results/figures.ts';
import type { Bench } from '../results/record.ts';
import { sharesOf, startCosts, sumOf } from '../system/cost.ts';
import type { ReservationFacts } from '../system/cost.ts';
import { loadExpress } from '../system/express.ts';
import type { BenchSystem, Effort, Part } from '../system/system.ts';
import { readOn } from '../system/viewer.ts';
import { CONNECTIONS, reserve, withShop } from './writes.ts';
import type { Shop } from './writes.ts';

/** Reports, polls and seals come every two seconds at most: this is ten of them. */
const IDLE_MS = 20_000;
/** Of the live feed, and the products that each of them watches. */
const VIEWERS = 100;
const EACH_WATCHES = 10;
const SETTLE_MS = 3_000;
/** What a load leaves behind for Postgres: done before the idle system is watched, because an autovacuum comes within a minute. */
const LEFT_BEHIND = ['VACUUM (ANALYZE)', 'CHECKPOINT'];

export async function measureEffort({ effort, wanted, measure }: Bench): Promise<void> {
  if (!wanted('E1', 'E2', 'E3')) return;
  await withShop(effort, async (shop) => {
    const peaks: Loaded[] = [];
    for (let nth = 0; nth < effort.runs; nth += 1) peaks.push(await load(shop, effort, 'closed'));
    const atPeak = median(peaks.map(({ micros }) => micros));
    await measure('E1', async () => [await besideExpress(effort, peaks), await besideViewers(shop, effort)]);
    await measure('E3', () => Promise.resolve(bytes(peaks)));
    await measure('E2', async () => [
      await atLowerRates(shop, effort, { atPeak, perSecond: median(peaks.map(({ perSecond }) => perSecond)) }),
      await idle(shop.system),
    ]);
  });
}

interface Loaded { readonly perSecond: number; readonly micros: number; readonly facts: ReservationFacts }

/** Loads the shop once, and tells what a reservation has cost. @param rate a second, or as many as it takes */
async function load(shop: Shop, effort: Effort, rate: number | 'closed'): Promise<Loaded> {
  const costs = await startCosts(shop.system);
  const { perSecond } = await reserve(shop, effort, rate === 'closed' ? {} : { rate });
  const facts = await costs();
  return { perSecond, facts, micros: sumOf(facts.reservation) };
}

async function besideExpress(effort: Effort, peaks: readonly Loaded[]): Promise<Row> {
  const { cpuMicros } = await loadExpress(effort, CONNECTIONS);
  const last = peaks.at(-1);
  return row({
    id: 'E1', what: 'processor time of one reservation over all parts, at the peak', unit: 'µs',
    runs: peaks.map(({ micros }) => micros), against: { what: 'an answer of Express alone', value: cpuMicros },
    goal: atMost(11, ' ×'),
    also: last === undefined ? '' : `${sharesOf(last.facts.reservation)}; ${last.facts.reservationsPerTransaction.toFixed(1)} in a transaction`,
  });
}

/** A hundred viewers of the live feed, each of other products of the shop. @returns what ends them */
export async function watchShop({ api, rows, customers }: Shop): Promise<() => void> {
  const leaving: (() => void)[] = [];
  for (let viewer = 0; viewer < VIEWERS; viewer += 1) {
    const products = rows.slice(viewer * EACH_WATCHES, (viewer + 1) * EACH_WATCHES).map(({ productId }) => productId);
    leaving.push(await readOn(api.port, `/stream?product_ids=${products.join(',')}`, customers[viewer]?.token ?? ''));
  }
  return () => { for (const leave of leaving) leave(); };
}

/** E1 again while a hundred viewers watch what is reserved, and without them, by turns. */
async function besideViewers(shop: Shop, effort: Effort): Promise<Row> {
  const [watched, alone]: [Loaded[], Loaded[]] = [[], []];
  for (let nth = 0; nth < effort.runs; nth += 1) {
    alone.push(await load(shop, effort, 'closed'));
    const leave = await watchShop(shop);
    watched.push(await load(shop, effort, 'closed'));
    leave();
  }
  const micros = (loads: readonly Loaded[]): readonly number[] => loads.map((each) => each.micros);
  const [last] = watched.slice(-1);
  return row({
    id: 'E1v', what: `the same while ${VIEWERS} viewers watch ${EACH_WATCHES} products each`, unit: 'µs', runs: micros(watched),
    against: { what: 'without them, by turns', value: median(micros(alone)) }, goal: atMost(1.05, ' ×'),
    also: last === undefined ? '' : `${sharesOf(last.facts.reservation)}; ${Math.round(last.perSecond)}/s`,
  });
}

function bytes(peaks: readonly Loaded[]): readonly Row[] {
  return [
    row({
      id: 'E3', what: 'Postgres\' log for one reservation, its event, its stored answer and the relay\'s mark', unit: 'bytes',
      runs: peaks.map(({ facts }) => facts.walBytesPerReservation), goal: atMost(2_800, ' bytes'),
    }),
    row({
      id: 'E3b', what: 'one event at rest, with its indexes', unit: 'bytes', runs: peaks.map(({ facts }) => facts.eventBytes),
      goal: atMost(1_300, ' bytes'),
    }),
  ];
}

/** At half the peak and at a tenth of it; there is a goal for the half only. */
async function atLowerRates(
  shop: Shop, effort: Effort, { atPeak, perSecond }: { readonly atPeak: number; readonly perSecond: number },
): Promise<Row> {
  const half: Loaded[] = [];
  for (let nth = 0; nth < effort.runs; nth += 1) half.push(await load(shop, effort, perSecond / 2));
  const tenth = await load(shop, effort, perSecond / 10);
  const told = ({ facts, micros }: Loaded): string =>
    `${(micros / atPeak).toFixed(2)} × E1, ${facts.reservationsPerTransaction.toFixed(1)} in a transaction: ${sharesOf(facts.reservation)}`;
  return row({
    id: 'E2', what: `processor time of one reservation at half the peak, ${Math.round(perSecond / 2)}/s`, unit: 'µs',
    runs: half.map(({ micros }) => micros), against: { what: 'E1', value: atPeak }, goal: atMost(1.5, ' × E1'),
    also: [...half.slice(-1).map((last) => `at half ${told(last)}`), `at a tenth ${told(tenth)}`].join('; '),
  });
}

/** What all parts compute while nobody asks for anything. */
async function idle(system: BenchSystem): Promise<Row> {
  const patient = new pg.Client({ connectionString: system.databaseUrl });
  await patient.connect();
  for (const statement of LEFT_BEHIND) await patient.query(statement);
  await patient.end();
  await delay(SETTLE_MS);
  const before = system.cpuSeconds();
  const begun = performance.now();
  await delay(IDLE_MS);
  const after = system.cpuSeconds();
  const percent = (part: Part): number => ((after[part] - before[part]) * 100_000) / (performance.now() - begun);
  const parts = {
    api: percent('api'), relay: percent('relay'), projector: percent('projector'),
    postgres: percent('postgres'), redis: percent('redis'), nats: percent('nats'),
  };
  return row({
    id: 'E2b', what: 'an idle system, all parts together', unit: '% of a core', runs: [sumOf(parts)], goal: atMost(2, ' %'),
    also: Object.entries(parts).map(([part, share]) => `${part} ${share.toFixed(2)}`).join(', '),
  });
}
