/**
 * What a fault has changed, between two moments: in the answers that the load got, in what arrived behind the stream, and
 * in what the processes count. A fault that has changed nothing of this has proved nothing.
 */
import type { Proxy } from '@inventory/testkit/servers/proxy.ts';
import type { Load } from '../load/load.ts';
import type { Change } from '../plan/kinds.ts';
import type { World } from '../world/world.ts';
import { increase, scrape } from './metrics.ts';
import type { Scrape } from './metrics.ts';

/** Slower than anything seen in calm times on 2 cores that run the whole system. */
const SLOW_MS = 800;
const LATE_MS = 750;
const AGED_MS = 800;

interface Before {
  readonly atMs: number;
  readonly scrape: Scrape;
  readonly term: number;
  /** Connections that were accepted so far on the ways in question. */
  readonly accepted: number;
}

/** @param ways on which reconnects count */
export async function lookBefore(world: World, ways: readonly Proxy[]): Promise<Before> {
  return {
    atMs: Date.now(), scrape: await scrape(world.fleet), term: await termOf(world), accepted: acceptedOn(ways),
  };
}

/** The amount of each change since `before`. A change that did not happen is left out. */
export async function changesSince(
  before: Before, { world, load, ways }: { readonly world: World; readonly load: Load; readonly ways: readonly Proxy[] },
): Promise<ReadonlyMap<Change, number>> {
  const now = await scrape(world.fleet);
  const all: readonly (readonly [Change, number])[] = [
    ...answersSince(load, before.atMs),
    ['publishing delayed', load.durable.deliveries
      .filter(({ atMs, lagMs, again }) => atMs > before.atMs && lagMs > LATE_MS && !again).length],
    ['take-overs', Math.max(0, await termOf(world) - before.term)],
    ['warnings logged', warningsSince(world, before.atMs)],
    ['reconnects', acceptedOn(ways) - before.accepted],
    ['refused publishes', increase(before.scrape, now, 'relay_publish_errors_total')],
    ['refilled events', increase(before.scrape, now, 'relay_refilled_total')],
    ['seals missed', increase(before.scrape, now, 'projector_seals_total', /outcome="(?!sealed|busy)/)],
  ];
  return new Map(all.filter(([, count]) => count > 0));
}

function answersSince({ history: { operations, reads } }: Load, fromMs: number): readonly (readonly [Change, number])[] {
  // Only the newest part of the history is searched: it grows all the time.
  const asked = takeNewest(operations, (each) => each.invokedMs >= fromMs - 10_000)
    .flatMap(({ invokedMs, answer }) => (answer === undefined || answer.returnedMs < fromMs ? [] : [{ ...answer, invokedMs }]));
  const seen = takeNewest(reads, (each) => each.invokedMs >= fromMs - 10_000).filter(({ returnedMs }) => returnedMs >= fromMs);
  const unknown = (status: number, text: string): boolean => status === 0 || text.includes('outcome_unknown');
  const took = [...asked, ...seen].map(({ invokedMs, returnedMs }) => returnedMs - invokedMs);
  return [
    ['unknown outcomes', asked.filter(({ status, text }) => unknown(status, text)).length],
    ['refused requests', asked.filter(({ status, text }) => status >= 500 && !unknown(status, text)).length
      + seen.filter(({ status }) => status >= 500 || status === 0).length],
    ['degraded reads', seen.filter(({ shown, least }) => least === undefined && shown !== undefined
      && shown.source !== 'cache').length],
    ['slow requests', took.filter((ms) => ms > SLOW_MS).length],
    ['view aged', seen.filter(({ shown, returnedMs }) => shown !== undefined && shown.source !== 'database'
      && returnedMs - shown.asOfMs > AGED_MS).length],
  ];
}

/** The newest items, back to the last one for which the predicate does not hold. */
function takeNewest<T>(items: readonly T[], recent: (item: T) => boolean): readonly T[] {
  return items.slice(items.findLastIndex((item) => !recent(item)) + 1);
}

/** Counts warnings and errors in the logs, and the one line of info that reports a degraded state. */
function warningsSince({ fleet }: World, fromMs: number): number {
  return fleet.lines(({ level, message, time }) => (level === 'warn' || level === 'error' || message === 'events come from the log alone')
    && Date.parse(String(time)) >= fromMs).length;
}

function acceptedOn(ways: readonly Proxy[]): number {
  return ways.reduce((sum, way) => sum + way.accepted(), 0);
}

async function termOf({ postgres }: World): Promise<number> {
  try {
    const [row] = await postgres.sql.query<{ term: number }>('SELECT term::int AS term FROM relay_leader');
    return row?.term ?? 0;
  } catch {
    return 0;
  }
}
