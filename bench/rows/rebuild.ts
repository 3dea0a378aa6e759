/**
 * B1: `projector rebuild` in place, with everything running and with writers and readers beside it, each of whose answers
 * is held against the log. A key is a stock row: one field of a product's hash.
 */
import { Redis } from 'ioredis';
import { createClient } from '@inventory/testkit/http/client.ts';
import { startTraffic } from '@inventory/testkit/http/traffic.ts';
import { fillPast } from '@inventory/testkit/log/past.ts';
import { atLeast, row } from '../results/figures.ts';
import type { Row } from '../results/figures.ts';
import type { Bench } from '../results/record.ts';
import { openSystem } from '../system/system.ts';
import type { Effort, BenchSystem } from '../system/system.ts';

/** Quiet enough to leave the machine to the rebuild, busy enough to meet it: some hundred reads a second. */
const TRAFFIC = { writers: 2, readers: 4, pauseMs: 15 };

export async function measureRebuild({ effort, measure, note }: Bench): Promise<void> {
  await measure('B1', () => rebuilds(effort, note));
}

async function rebuilds({ rebuilt: { rows, events }, runs }: Effort, note: Bench['note']): Promise<readonly Row[]> {
  const system = await openSystem();
  try {
    await fillPast(system.pool, { rows, events });
    const redis = new Redis(system.redis.url);
    const alone: number[] = [];
    for (let nth = 0; nth < runs; nth += 1) {
      await redis.flushall();
      alone.push(await rebuildOnce(system, rows));
    }
    note({ viewBytesPerRow: Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1]) / rows });
    redis.disconnect();
    const [api] = await Promise.all([system.start('api'), system.start('relay'), system.start('projector')]);
    const token = { admin: {}, vendor: {}, customer: { userId: 'bench' } };
    const traffic = await startTraffic({
      sql: system.pool,
      client: async (role) => createClient(`http://127.0.0.1:${api.port}`, await system.keys.token({ role, ...token[role] })),
    }, TRAFFIC);
    await traffic.more(100, 'cache', { timeoutMs: 120_000 });
    const beside: number[] = [];
    const before = traffic.answers();
    for (let nth = 0; nth < runs; nth += 1) beside.push(await rebuildOnce(system, rows));
    const during = traffic.answers() - before;
    await traffic.more(100, 'cache');
    const { answers, bySource, wrong } = await traffic.stop();
    if (wrong.length > 0) throw new Error(`${wrong.length} of ${answers} reads were wrong: ${wrong.slice(0, 3).join('; ')}`);
    if (during < runs) throw new Error('nothing was read meanwhile');
    await system.expectInvariants();
    return [row({
      id: 'B1', what: `projector rebuild of ${rows} stock rows from ${events} events, reads and writes beside it`, unit: 'keys/s',
      runs: beside, goal: atLeast(30_000, ' keys/s'),
      also: `${during} reads meanwhile and none of ${answers} wrong, ${JSON.stringify(bySource)}; into an empty Redis with nothing `
        + `else running ${alone.map((rate) => Math.round(rate)).join(', ')} keys/s`,
    })];
  } finally {
    await system.close();
  }
}

/** @returns stock rows a second, by the command's own clock: starting a process is not part of it */
async function rebuildOnce(system: BenchSystem, rows: number): Promise<number> {
  const rebuild = await system.spawn('projector', ['rebuild', '--anew', '--json']);
  const { code } = await rebuild.exited;
  const line = rebuild.noise.findLast((text) => text.startsWith('{"event":"done"'));
  if (code !== 0 || line === undefined) throw new Error(`the rebuild ended with ${code}: ${rebuild.noise.slice(-5).join('\n')}`);
  const { elapsed_ms: ms }: { readonly elapsed_ms: number } = JSON.parse(line);
  return rows / (ms / 1000);
}
