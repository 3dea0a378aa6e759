/** R1 and P1: how fast the relay drains a backlog, and the projector a stream. R2: how long nobody leads. */
import { setTimeout as delay } from 'node:timers/promises';
import { TEST_EPOCH } from '@inventory/db/testing/database.ts';
import { productKey } from '@inventory/view/keys.ts';
import { applyScript } from '@inventory/view/scripts.ts';
import { Redis } from 'ioredis';
import { connect, headers } from 'nats';
import type { JetStreamClient, JetStreamManager } from 'nats';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { appendStockEvents } from '@inventory/testkit/log/fixture.ts';
import type { TestProcess } from '@inventory/testkit/processes/processes.ts';
import { summarise } from '@inventory/testkit/figures/latency.ts';
import { atLeast, atMost, row } from '../results/figures.ts';
import type { Row } from '../results/figures.ts';
import type { Bench } from '../results/record.ts';
import { openSystem, stock } from '../system/system.ts';
import type { Effort, BenchSystem } from '../system/system.ts';

const STREAM = 'INVENTORY';
/** Publishes that wait for their acknowledgement at once, in the raw loops: the relay's own order of magnitude. */
const WINDOW = 512;
const TAKEOVERS = 50;
/** What moves nothing for so long has failed. */
const STALLED_MS = 60_000;

export async function measureBacklog({ effort, measure, note }: Bench): Promise<void> {
  let pair: Promise<readonly [Row, Row]> | undefined;
  const both = (): Promise<readonly [Row, Row]> => (pair ??= drainAndCatchUp(effort, note));
  await measure('R1', async () => [(await both())[0]]);
  await measure('P1', async () => [(await both())[1]]);
  await measure('R2', async () => [await takeOvers(effort)]);
}

async function drainAndCatchUp(effort: Effort, note: Bench['note']): Promise<readonly [Row, Row]> {
  const drained: number[] = [];
  const caughtUp: number[] = [];
  let raw = { publish: 0, evalsha: 0 };
  for (let nth = 0; nth < effort.runs; nth += 1) {
    const system = await openSystem();
    const nats = await connect({ servers: system.nats.url });
    try {
      const jsm = await nats.jetstreamManager();
      const all = await stock(system, effort.rows);
      await appendStockEvents(system.pool, { stockIds: all.map(({ id }) => id), each: effort.backlog / effort.rows - 1 });
      drained.push(await timeDrain(system, jsm, effort.backlog));
      const projector = await system.start('projector');
      caughtUp.push(await rateOf(effort.backlog, () => acknowledged(jsm)));
      await projector.stop();
      if (nth === effort.runs - 1) raw = await measureRaw(system, nats.jetstream(), jsm, effort);
      const { state } = await jsm.streams.info(STREAM);
      note({ messageBytes: state.bytes / state.messages });
      await system.expectInvariants();
    } finally {
      await nats.close();
      await system.close();
    }
  }
  return [
    row({
      id: 'R1', what: `relay drains a backlog of ${effort.backlog}`, unit: '/s', runs: drained,
      against: { what: 'raw pipelined publish of the same bytes', value: raw.publish }, goal: atLeast(0.75, ' ×'),
    }),
    row({
      id: 'P1', what: `projector catches up ${effort.backlog}`, unit: '/s', runs: caughtUp,
      against: { what: 'raw pipelined EVALSHA', value: raw.evalsha }, goal: atLeast(0.5, ' ×'),
    }),
  ];
}

/** Starts a relay before a backlog of this size, and stops it when all of it is out. @returns events a second */
export async function timeDrain(system: BenchSystem, jsm: JetStreamManager, backlog: number): Promise<number> {
  const before = await lastSequence(jsm);
  const relay = await system.start('relay');
  const rate = await rateOf(backlog, async () => await lastSequence(jsm) - before);
  await relay.stop();
  await expectOneCopyEach(system, jsm);
  return rate;
}

/** I7 to I9, where nothing was published before this log: as many messages as events, each event at its own sequence. */
async function expectOneCopyEach({ pool }: BenchSystem, jsm: JetStreamManager): Promise<void> {
  const { rows: [log] } = await pool.query<{ marked: number; last: number; left: number }>(`
    SELECT coalesce(sum(count), 0)::int AS marked, coalesce(max(first_sequence + count - 1), 0)::int AS last,
      (SELECT count(*)::int FROM events_unpublished) AS left FROM published_runs WHERE stream <> ''`);
  const { state } = await jsm.streams.info(STREAM);
  if (log?.left !== 0 || log.marked !== state.messages || log.last !== state.messages) {
    throw new Error(`the log and the stream differ: ${JSON.stringify(log)}, ${state.messages} messages`);
  }
}

/** The rate between the first progress that is seen and the end: starting a process is not part of it. */
export async function rateOf(total: number, progress: () => Promise<number>): Promise<number> {
  let first: { readonly at: number; readonly done: number } | undefined;
  let moved = performance.now();
  for (let before = 0; ;) {
    const done = await progress();
    const at = performance.now();
    if (done > before) moved = at;
    before = done;
    if (done > 0 && first === undefined) first = { at, done };
    if (done >= total && first !== undefined) return (total - first.done) / ((at - first.at) / 1000);
    if (at - moved > STALLED_MS) throw new Error(`it stands still at ${done} of ${total}`);
    await delay(20);
  }
}

export async function lastSequence(jsm: JetStreamManager, stream = STREAM): Promise<number> {
  const info = await jsm.streams.info(stream).catch(() => undefined);
  return info?.state.last_seq ?? 0;
}

/** How far the projector has acknowledged the stream, without a gap; 0 before it has a consumer. */
export async function acknowledged(jsm: JetStreamManager): Promise<number> {
  const info = await jsm.consumers.info(STREAM, 'projector').catch(() => undefined);
  return info?.ack_floor.stream_seq ?? 0;
}

/** The same bytes published again, and the same fields written again, by loops that do nothing else. */
async function measureRaw(system: BenchSystem, js: JetStreamClient, jsm: JetStreamManager, { backlog }: Effort) {
  await jsm.streams.add({ name: 'RAW', subjects: ['raw.>'] });
  const sample = await jsm.streams.getMessage(STREAM, { seq: 1 });
  const made = headers();
  for (const [name, values] of sample.header) {
    // What the relay expects of its own stream.
    if (!name.startsWith('Nats-Expected')) for (const value of values) made.append(name, value);
  }
  const publish = await pipelined(backlog, async (nth) => {
    await js.publish(`raw.${nth % 1000}`, sample.data, { headers: made });
  });
  const redis = new Redis(system.redis.url);
  const sha = String(await redis.script('LOAD', applyScript.one.lua));
  await redis.flushall();
  await redis.script('LOAD', applyScript.one.lua);
  const begun = performance.now();
  for (let at = 0; at < backlog; at += WINDOW) {
    const pipeline = redis.pipeline();
    for (let nth = at; nth < Math.min(backlog, at + WINDOW); nth += 1) {
      pipeline.evalsha(sha, 1, productKey(TEST_EPOCH, String(nth % 10_000)), 'MAD-001', `${1 + Math.floor(nth / 10_000)}:1000000:0`);
    }
    await pipeline.exec();
  }
  const evalsha = backlog / ((performance.now() - begun) / 1000);
  redis.disconnect();
  return { publish, evalsha };
}

async function pipelined(count: number, one: (nth: number) => Promise<void>): Promise<number> {
  const begun = performance.now();
  let next = 0;
  await Promise.all(Array.from({ length: WINDOW }, async () => {
    while (next < count) await one(next++);
  }));
  return count / ((performance.now() - begun) / 1000);
}

/** Kills the leader again and again while one writer goes on; how long until the stream grows again. */
async function takeOvers(effort: Effort): Promise<Row> {
  const times = effort.runs === 1 ? 10 : TAKEOVERS;
  const system = await openSystem();
  const nats = await connect({ servers: system.nats.url });
  let writing = true;
  try {
    const jsm = await nats.jetstreamManager();
    const stockIds = (await stock(system, 10)).map(({ id }) => id);
    let leader = await system.start('relay');
    let standby = await system.start('relay');
    const writer = (async () => {
      while (writing) {
        await appendStockEvents(system.pool, { stockIds: stockIds.slice(0, 1) });
        await delay(2);
      }
    })();
    const took: number[] = [];
    const behindTheLock: number[] = [];
    for (let nth = 0; nth < times; nth += 1) {
      await leads(leader, jsm);
      await delay(300);
      const killed = leader.kill();
      const at = performance.now();
      const before = await lastSequence(jsm);
      await eventually(async () => {
        if (await lastSequence(jsm) <= before) throw new Error('nobody leads');
      }, { timeoutMs: 20_000, everyMs: 2 });
      took.push(performance.now() - at);
      await killed;
      leader = standby;
      const said = await leader.waitForLog(({ message }) => message === 'leader', { what: 'to lead' });
      behindTheLock.push(Number(said['takeover_ms']));
      standby = await system.start('relay');
    }
    writing = false;
    await writer;
    await eventually(() => expectOneCopyEach(system, jsm), { timeoutMs: 30_000, what: 'nothing lost, nothing doubled' });
    await system.expectInvariants();
    const { p50, p99, max } = summarise(took);
    const lock = summarise(behindTheLock);
    return row({
      id: 'R2', what: `take-over after kill -9, ${times} times: p99`, unit: 'ms', runs: [p99], goal: atMost(100, ' ms'),
      also: `p50 ${p50.toFixed(0)} ms, max ${max.toFixed(0)} ms, by the next message in the stream; from the lock to the `
        + `end of the stream p50 ${lock.p50.toFixed(0)}, max ${lock.max.toFixed(0)} ms`,
    });
  } finally {
    writing = false;
    await nats.close();
    await system.close();
  }
}

async function leads(relay: TestProcess, jsm: JetStreamManager): Promise<void> {
  await relay.waitForLog(({ message }) => message === 'leader', { what: 'to lead' });
  const before = await lastSequence(jsm);
  await eventually(async () => {
    if (await lastSequence(jsm) <= before) throw new Error('it publishes nothing');
  });
}
