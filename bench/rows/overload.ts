/**
 * O1: three times as many changes as can be made. The generator, the api and all servers share the cores, whose speed may change by
 * a third within a minute, so what overload leaves is held against the peaks before and behind it, and how soon a change is
 * refused against an answer of Express under the same load.
 */
import { atLeast, atMost, row } from '../results/figures.ts';
import type { Row } from '../results/figures.ts';
import type { Bench } from '../results/record.ts';
import { loadExpress } from '../system/express.ts';
import type { LoadResult } from '../system/load.ts';
import { generate } from '../system/system.ts';
import type { Effort } from '../system/system.ts';
import { reserve, withShop } from './writes.ts';
import type { Shop } from './writes.ts';

/** More than the api has in hand, or it would never be too much: a connection has one request at a time. */
const MANY = 1_500;
const TIMES = 3;
/** A peak that others are held against. */
const PEAK = { warmupMs: 500, durationMs: 4_000 } as const;
const BACK_AT = 0.9;
const GIVE_UP_MS = 30_000;

interface Round {
  readonly peak: number;
  readonly over: LoadResult;
  readonly backAfterMs: number;
}

export async function measureOverload({ effort, measure }: Bench): Promise<void> {
  await measure('O1', () => withShop(effort, async (shop) => {
    await peakOf(shop, effort);
    const rounds: Round[] = [];
    while (rounds.length < effort.runs) rounds.push(await overload(shop, effort));
    const lastPeak = await peakOf(shop, effort);
    return rowsOf(rounds, lastPeak, await expressUnder(effort, TIMES * lastPeak));
  }));
}

async function peakOf(shop: Shop, effort: Effort, durationMs: number = PEAK.durationMs): Promise<number> {
  return (await reserve(shop, { ...effort, ...PEAK, durationMs })).perSecond;
}

async function overload(shop: Shop, effort: Effort): Promise<Round> {
  const peak = await peakOf(shop, effort);
  const over = await generate({
    port: shop.api.port, connections: MANY, rate: TIMES * peak, warmupMs: effort.warmupMs, durationMs: effort.durationMs,
    requests: { kind: 'reserve', rows: shop.rows, customers: shop.customers },
  });
  const strange = Object.keys(over.statuses).filter((status) => status !== '201' && status !== '503');
  if (strange.length > 0) throw new Error(`something else than 201 and 503 was answered: ${JSON.stringify(over.statuses)}`);
  if (over.statuses['503'] === undefined) throw new Error('no change was refused: it was no overload');
  const endedAt = performance.now();
  for (;;) {
    const perSecond = await peakOf(shop, effort, 1_500);
    const backAfterMs = performance.now() - endedAt;
    if (perSecond >= BACK_AT * peak || backAfterMs > GIVE_UP_MS) return { peak, over, backAfterMs };
  }
}

/** p95, in ms, of an Express that answers a constant to as many requests a second on as many connections. */
async function expressUnder(effort: Effort, rate: number): Promise<number> {
  return (await loadExpress(effort, MANY, rate)).latency.p95;
}

function rowsOf(rounds: readonly Round[], lastPeak: number, express: number): readonly Row[] {
  const shares = rounds.map(({ peak, over }, nth) => over.perSecond / ((peak + (rounds[nth + 1]?.peak ?? lastPeak)) / 2));
  const also = rounds.map(({ peak, over }) => {
    const { p50, p95, p99 } = over.refusals;
    return `${Math.round(over.perSecond)}/s of a peak of ${Math.round(peak)}, refused after p50 ${p50.toFixed(0)} ms, p95 ${p95.toFixed(0)}, p99 ${p99.toFixed(0)}`;
  }).join('; ');
  return [
    row({
      id: 'O1', what: `changes made at ${TIMES} times the peak, of the peaks beside it`, unit: '×', runs: shares,
      goal: atLeast(0.8, ' ×'), also,
    }),
    row({
      id: 'O1b', what: `until ${BACK_AT} of the peak is back`, unit: 'ms', runs: rounds.map(({ backAfterMs }) => backAfterMs),
      goal: atMost(10_000, ' ms'),
    }),
    row({
      id: 'O1c', what: 'until a change is refused meanwhile: p95', unit: 'ms', runs: rounds.map(({ over }) => over.refusals.p95),
      against: { what: 'an answer of Express under the same load', value: express }, goal: atMost(3, ' ×'),
    }),
  ];
}
