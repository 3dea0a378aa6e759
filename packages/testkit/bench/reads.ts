/** G1 and G2: GET availability, from Redis and without it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createClient } from '../client.ts';
import { eventually } from '../eventually.ts';
import { atLeast, atMost, median, row } from './figures.ts';
import type { Row } from './figures.ts';
import { generate, openStage, stock } from './stage.ts';
import type { Effort } from './stage.ts';

const CONNECTIONS = 64;
const G2_PER_SECOND = 500;

export async function measureReads(effort: Effort, wanted: (id: string) => boolean): Promise<readonly Row[]> {
  const rows: Row[] = [];
  const stage = await openStage();
  const { warmupMs, durationMs } = effort;
  try {
    const all = await stock(stage, 1_000);
    const [api] = await Promise.all([stage.start('api'), stage.start('relay'), stage.start('projector')]);
    const token = await stage.keys.token({ role: 'customer', userId: 'bench', expiresIn: '12h' });
    const products = all.map(({ productId }) => productId);
    const client = createClient(`http://127.0.0.1:${api.port}/api/v1`, token);
    await eventually(async () => {
      const { body } = await client.get(`/products/${products.at(-1)}/availability`);
      if (body['source'] !== 'cache') throw new Error(`answered from the ${String(body['source'])}`);
    }, { timeoutMs: 60_000, what: 'a sealed view' });
    const ask = (rate: number | 'closed') => generate({
      port: api.port, connections: CONNECTIONS, rate, warmupMs, durationMs,
      requests: { kind: 'availability', products, token },
    });
    const runs: number[] = [];
    for (let nth = 0; nth < effort.runs; nth += 1) runs.push((await ask('closed')).perSecond);
    if (wanted('G1')) {
      const constant = await expressConstant(effort);
      const half = await ask(median(runs) / 2);
      rows.push(
        row({
          id: 'G1', what: 'GET availability from Redis, token and limiter on', unit: '/s', runs,
          against: { what: 'Express answering a constant', value: constant }, goal: atLeast(0.6, ' ×'),
        }),
        row({
          id: 'G1b', what: `p99 of it at half its peak, ${Math.round(median(runs) / 2)}/s`, unit: 'ms',
          runs: [half.latency.p99], goal: atMost(10, ' ms'),
        }),
      );
    }
    if (wanted('G2')) {
      await stage.redis.kill();
      const without = await ask(G2_PER_SECOND);
      const failed = Object.keys(without.statuses).filter((status) => status !== '200');
      if (failed.length > 0) throw new Error(`with Redis down: ${JSON.stringify(without.statuses)}`);
      rows.push(row({
        id: 'G2', what: `p99 with Redis down, ${G2_PER_SECOND}/s, no error`, unit: 'ms', runs: [without.latency.p99],
        goal: atMost(50, ' ms'),
      }));
    }
    return rows;
  } finally {
    await stage.close();
  }
}

async function expressConstant({ warmupMs, durationMs }: Effort): Promise<number> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'constant.ts')], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const [port] = await once(createInterface({ input: child.stdout }), 'line');
    const result = await generate({
      port: Number(port), connections: CONNECTIONS, rate: 'closed', warmupMs, durationMs,
      requests: { kind: 'get', path: '/constant' },
    });
    return result.perSecond;
  } finally {
    child.kill();
  }
}
