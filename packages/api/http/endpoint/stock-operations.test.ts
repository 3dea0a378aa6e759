import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { createMetrics } from '@inventory/runtime/metrics.ts';
import { expect } from 'chai';
import { createStockOperations } from './stock-operations.ts';

describe('stock_operations_total', () => {
  /** Counts answers of these statuses, and resolves with how often each store and outcome was counted. */
  async function counted(answers: readonly (readonly [storeId: string, status: number])[]): Promise<ReadonlyMap<string, number>> {
    const metrics = createMetrics({ process: 'api', instance: 'test' });
    const operations = createStockOperations(metrics);
    for (const [storeId, status] of answers) {
      const res = new ServerResponse(new IncomingMessage(new Socket()));
      operations.count(res, 'adjust', [storeId]);
      res.statusCode = status;
      res.emit('finish');
    }
    const { values } = await metrics.registry.getSingleMetric('stock_operations_total')?.get() ?? { values: [] };
    return new Map(values.map(({ labels, value }) => [`${labels['store_id']} ${labels['status']}`, value]));
  }
  const shop = (nth: number): string => `SHOP-${String(nth).padStart(3, '0')}`;

  it('has a series for each of the first 200 stores, and one for all the others', async () => {
    const first = Array.from({ length: 200 }, (_, nth) => [shop(nth), 200] as const);
    const series = await counted([...first, [shop(200), 200], [shop(201), 201], [shop(200), 409], [shop(7), 200], [shop(7), 409]]);
    expect(series.get('other success')).to.equal(2);
    expect(series.get('other error')).to.equal(1);
    expect([series.get(`${shop(7)} success`), series.get(`${shop(7)} error`)], 'a store that has one keeps it').to.deep.equal([2, 1]);
    expect([...series.keys()].filter((name) => name.startsWith(shop(200)) || name.startsWith(shop(201)))).to.deep.equal([]);
    expect(series.size).to.equal(200 + 3);
  });

  it('has none for a name that no store has: nothing ever succeeds there', async () => {
    expect(await counted([['NO-SUCH', 404], ['NO-SUCH', 404], ['MAD-001', 200]])).to.deep.equal(
      new Map([['other error', 2], ['MAD-001 success', 1]]));
  });
});
