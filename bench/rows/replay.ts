/** X1: `relay replay` of a long log, against the relay draining the same log, and the memory that it takes. */
import { connect } from 'nats';
import type { JetStreamManager } from 'nats';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { appendStockEvents } from '@inventory/testkit/log/fixture.ts';
import { lastSequence, rateOf, timeDrain } from './backlog.ts';
import { residentBytes } from '../../scripts/lib/process/proc.mjs';
import { median } from '@inventory/testkit/figures/latency.ts';
import { atLeast, atMost, row } from '../results/figures.ts';
import type { Row } from '../results/figures.ts';
import type { Bench } from '../results/record.ts';
import { openSystem, stock } from '../system/system.ts';
import type { Effort, BenchSystem } from '../system/system.ts';

export async function measureReplay({ effort, measure }: Bench): Promise<void> {
  await measure('X1', () => replays(effort));
}

interface Replayed {
  readonly perSecond: number;
  /** Resident memory in MB: at most, and on average over the second and the last quarter of the events. */
  readonly peak: number;
  readonly early: number;
  readonly late: number;
  readonly digest: string;
}

async function replays({ replayed: events, rows, runs }: Effort): Promise<readonly Row[]> {
  const system = await openSystem();
  const nats = await connect({ servers: system.nats.url });
  try {
    const jsm = await nats.jetstreamManager();
    const stockIds = (await stock(system, rows)).map(({ id }) => id);
    await appendStockEvents(system.pool, { stockIds, each: events / rows - 1 });
    const drained = await timeDrain(system, jsm, events);
    const done: Replayed[] = [];
    for (let nth = 0; nth < runs; nth += 1) done.push(await replayOnce(system, jsm, events));
    if (new Set(done.map(({ digest }) => digest)).size !== 1) throw new Error('the digests of replays of one log differ');
    await system.expectInvariants();
    return [
      row({
        id: 'X1', what: `relay replay --from beginning of ${events}`, unit: '/s', runs: done.map(({ perSecond }) => perSecond),
        against: { what: 'R1: the relay drains the same log', value: drained }, goal: atLeast(0.8, ' ×'),
      }),
      row({
        id: 'X1b', what: 'memory of its process, at most', unit: 'MB', runs: done.map(({ peak }) => peak), goal: atMost(200, ' MB'),
      }),
      row({
        id: 'X1c', what: 'the same in the last quarter of the events', unit: 'MB', runs: done.map(({ late }) => late),
        against: { what: 'in the second quarter', value: median(done.map(({ early }) => early)) }, goal: atMost(1.1, ' ×'),
      }),
    ];
  } finally {
    await nats.close();
    await system.close();
  }
}

async function replayOnce(system: BenchSystem, jsm: JetStreamManager, events: number): Promise<Replayed> {
  const replay = await system.spawn('relay', ['replay', '--from', 'beginning', '--json']);
  const said = (type: string) => eventually(() => {
    const found = replay.noise.map(parseLine).find((line) => line['type'] === type);
    if (found === undefined) throw new Error(replay.noise.slice(-3).join('\n'));
    return found;
  }, { timeoutMs: 60_000, what: `the replay's ${type}` });
  const stream = `REPLAY_${String((await said('begin'))['id'])}`;
  const samples: { readonly done: number; readonly mb: number }[] = [];
  const perSecond = await rateOf(events, async () => {
    const done = await lastSequence(jsm, stream);
    if (done < events) samples.push({ done, mb: residentBytes(replay.pid) / 1e6 });
    return done;
  });
  const peak = samples.reduce((most, { mb }) => Math.max(most, mb), 0);
  const summary = await said('summary');
  const { code } = await replay.exited;
  if (code !== 0 || summary['state'] !== 'done' || summary['published'] !== events) {
    throw new Error(`the replay ended with ${code}: ${JSON.stringify(summary)}`);
  }
  await jsm.streams.delete(stream);
  const quarter = (nth: number): number => {
    const within = samples.filter(({ done }) => Math.min(3, Math.floor((4 * done) / events)) === nth);
    return within.reduce((sum, { mb }) => sum + mb, 0) / within.length;
  };
  return { perSecond, peak, early: quarter(1), late: quarter(3), digest: String(summary['digest']) };
}

function parseLine(text: string): Readonly<Record<string, unknown>> {
  return text.startsWith('{') ? JSON.parse(text) : {};
}
