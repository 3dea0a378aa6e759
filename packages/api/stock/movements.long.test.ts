/** The movements of a store with a million events. */
import { quantile } from '@inventory/runtime/quantile.ts';
import { addStockRows, appendStockEvents } from '@inventory/testkit/log/fixture.ts';
import { expect } from 'chai';
import { startTestApi, vendor } from '../testing/api.ts';
import type { TestApi } from '../testing/api.ts';

const P99_MS = 50;

describe('the movements of a store with a million events', function () {
  this.timeout(600_000);
  let api: TestApi;
  before(async () => {
    api = await startTestApi();
    const stockIds = await addStockRows(api.pool, { rows: 1_000, stores: ['MAD-001'] });
    await appendStockEvents(api.pool, { stockIds, each: 1_000 });
    await api.pool.query('VACUUM ANALYZE events');
  });
  after(() => api.close());

  it(`are answered within ${P99_MS} ms, whichever page and reason`, async () => {
    const seller = await api.as(vendor);
    const { rows: [middle] } = await api.pool.query<{ at: Date }>('SELECT timestamp AS at FROM events WHERE position > (SELECT max(position) / 2 FROM events) ORDER BY position LIMIT 1');
    const at = middle?.at.toISOString() ?? '';
    for (const query of ['', '&reason=RESTOCK', `&from=${at}`, `&to=${at}`, `&from=2020-01-01T00:00:00Z&to=${at}&reason=RESTOCK`]) {
      const took: number[] = [];
      for (let n = 0; n < 200; n += 1) {
        const from = performance.now();
        const { status, body } = await seller.get(`/stores/MAD-001/movements?limit=50${query}`);
        took.push(performance.now() - from);
        expect([status, Array.isArray(body['items']) && body['items'].length]).to.deep.equal([200, 50]);
      }
      took.sort((a, b) => a - b);
      const [p50 = 0, p99 = Infinity] = [quantile(took, 0.5), quantile(took, 0.99)];
      console.info(`      ${query === '' ? 'all' : query}: p50 ${p50.toFixed(1)}, p99 ${p99.toFixed(1)} ms`);
      expect(p99, query).to.be.at.most(P99_MS);
    }
  });
});
