/** G1 to G3: GET availability, from Redis, without it, and of a few of many stores. */
import { createClient } from '@inventory/testkit/http/client.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { addStockRows, appendStockEvents } from '@inventory/testkit/log/fixture.ts';
import { startReadCosts } from '../system/cost.ts';
import { loadExpress } from '../system/express.ts';
import { median } from '@inventory/testkit/figures/latency.ts';
import { atLeast, atMost, row } from '../results/figures.ts';
import type { Bench } from '../results/record.ts';
import { generate, openSystem, stock } from '../system/system.ts';
import type { BenchSystem } from '../system/system.ts';

const CONNECTIONS = 64;
const G2_PER_SECOND = 500;
/** Stores of the products whose answers are long: what a read costs in a large chain. */
const WIDE_STORES = 1_000;
/** Many products and few readers, because readers of one product in the same turn share one reading. */
const WIDE_PRODUCTS = 100;
const WIDE_CONNECTIONS = 4;
/** The stores of the group that G3 asks for. */
const CHOSEN_STORES = 10;
const CHOSEN = '?group=chosen';

export async function measureReads({ effort, measure, note }: Bench): Promise<void> {
  const system = await openSystem();
  const { warmupMs, durationMs } = effort;
  try {
    const stocked = await stock(system, 1_000);
    const wide: string[] = [];
    while (wide.length < WIDE_PRODUCTS) wide.push(await stockEverywhere(system));
    const [api] = await Promise.all([system.start('api'), system.start('relay'), system.start('projector')]);
    const token = await system.keys.token({ role: 'customer', userId: 'bench', expiresIn: '12h' });
    const products = stocked.map(({ productId }) => productId);
    const client = createClient(`http://127.0.0.1:${api.port}/api/v1`, token);
    await eventually(async () => {
      const { body } = await client.get(`/products/${products.at(-1)}/availability`);
      if (body['source'] !== 'cache') throw new Error(`answered from the ${String(body['source'])}`);
    }, { timeoutMs: 60_000, what: 'a sealed view' });
    const ask = (rate: number | 'closed', of = products, connections = CONNECTIONS, query = '') => generate({
      port: api.port, connections, rate, warmupMs, durationMs,
      requests: { kind: 'availability', products: of, token, query },
    });
    await measure('G1', async () => {
      const runs: number[] = [];
      const cost = startReadCosts(system);
      for (let nth = 0; nth < effort.runs; nth += 1) runs.push((await ask('closed')).perSecond);
      note({ read: cost(runs.reduce((sum, rate) => sum + rate, 0) * ((warmupMs + durationMs) / 1000)) });
      const wideCost = startReadCosts(system);
      const { perSecond } = await ask('closed', wide, WIDE_CONNECTIONS);
      const { text } = await client.get(`/products/${wide[0]}/availability`);
      note({ wideRead: { ...wideCost(perSecond * ((warmupMs + durationMs) / 1000)), stores: WIDE_STORES, bytes: text.length } });
      const { perSecond: constant } = await loadExpress(effort, CONNECTIONS);
      const half = await ask(median(runs) / 2);
      return [
        row({
          id: 'G1', what: 'GET availability from Redis, token and limiter on', unit: '/s', runs,
          against: { what: 'Express answering a constant', value: constant }, goal: atLeast(0.6, ' ×'),
        }),
        row({
          id: 'G1b', what: `p99 of it at half its peak, ${Math.round(median(runs) / 2)}/s`, unit: 'ms',
          runs: [half.latency.p99], goal: atMost(10, ' ms'),
        }),
      ];
    });
    await measure('G3', async () => {
      await system.pool.query('UPDATE stores SET groups = $1 WHERE id IN (SELECT id FROM stores WHERE id LIKE $2 ORDER BY id LIMIT $3)', [['chosen'], 'WIDE-%', CHOSEN_STORES]);
      await eventually(async () => {
        const { body } = await client.get(`/products/${wide[0]}/availability${CHOSEN}`);
        if (body['stores_matched'] !== CHOSEN_STORES) throw new Error('the group is not known yet');
      }, { what: 'a group of stores' });
      const [all, chosen]: [number[], number[]] = [[], []];
      // By turns, so that both meet the same machine.
      for (let nth = 0; nth < effort.runs; nth += 1) {
        all.push((await ask('closed')).perSecond);
        chosen.push((await ask('closed', wide, CONNECTIONS, CHOSEN)).perSecond);
      }
      return [row({
        id: 'G3', what: `GET availability of ${CHOSEN_STORES} stores, a group, of a product that ${WIDE_STORES} have`, unit: '/s', runs: chosen,
        against: { what: 'G1, by turns', value: median(all) }, goal: atLeast(0.9, ' ×'),
      })];
    });
    await measure('G2', async () => {
      await system.redis.kill();
      const without = await ask(G2_PER_SECOND);
      const failed = Object.keys(without.statuses).filter((status) => status !== '200');
      if (failed.length > 0) throw new Error(`with Redis down: ${JSON.stringify(without.statuses)}`);
      return [row({
        id: 'G2', what: `p99 with Redis down, ${G2_PER_SECOND}/s, no error`, unit: 'ms', runs: [without.latency.p99],
        goal: atMost(50, ' ms'),
      })];
    });
  } finally {
    await system.close();
  }
}

/** One product with a stock row in each of many stores. @returns its id */
async function stockEverywhere({ pool }: BenchSystem): Promise<string> {
  const stores = Array.from({ length: WIDE_STORES }, (_, nth) => `WIDE-${String(nth).padStart(5, '0')}`);
  const stockIds = await addStockRows(pool, { rows: WIDE_STORES, stores });
  const { rows: [row] } = await pool.query<{ id: string }>(`
    UPDATE stock SET product_id = (SELECT product_id FROM stock WHERE id = ($1::uuid[])[1]) WHERE id = ANY ($1)
    RETURNING product_id AS id`, [stockIds]);
  await appendStockEvents(pool, { stockIds, units: 1_000 });
  if (row === undefined) throw new Error('no product was made');
  return row.id;
}
