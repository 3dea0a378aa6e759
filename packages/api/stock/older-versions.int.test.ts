import { rewriteInUnits, TODAY_VERSION, UNITS_VERSION, unitsHistory } from '@inventory/domain/testing/past-versions.ts';
import type { Client } from '@inventory/testkit/http/client.ts';
import { expectInvariants } from '@inventory/testkit/invariants/invariants.ts';
import { expect } from 'chai';
import { addProduct, startTestApi, vendor } from '../testing/api.ts';
import type { TestApi } from '../testing/api.ts';

describe('a stock row whose first events were written by an older schema', () => {
  let api: TestApi;
  let shop: Client;
  let id: string;
  before(async () => {
    api = await startTestApi({ history: unitsHistory });
    shop = await api.as(vendor);
    id = await addProduct(api.db);
    for (const n of [10, -3, 5]) {
      await shop.post('/stock', { product_id: id, store_id: 'MAD-001', quantity_change: n, reason: 'COUNT' });
    }
    await api.pool.query(`BEGIN; SET LOCAL session_replication_role = replica;
      ${rewriteInUnits(UNITS_VERSION, 'stream_version <= 2')};
      UPDATE events SET schema_version = ${TODAY_VERSION} WHERE stream_version = 3; COMMIT`);
  });
  after(async () => {
    await api.close();
  });

  it('is shown as of each of them in the schema of today', async () => {
    const { rows } = await api.pool.query<{ position: number }>('SELECT position FROM events ORDER BY position');
    for (const [nth, quantity] of [10, 7, 12].entries()) {
      const { body } = await shop.get(`/stores/MAD-001/stock/${id}?as_of=${rows.at(-3 + nth)?.position ?? 0}`);
      expect(body, String(nth)).to.deep.include({ quantity, version: nth + 1 });
    }
  });

  it('has a history and an explanation, and folds to its present state', async () => {
    const { body: { items } } = await shop.get(`/stores/MAD-001/stock/${id}/history`);
    expect(items).to.have.length(3);
    const { body } = await shop.get(`/stores/MAD-001/stock/${id}/explain`);
    expect(body).to.deep.include({ agrees: true, folded: { quantity: 12, reserved: 0, available: 12, version: 3 } });
    await expectInvariants(api.db, unitsHistory);
  });
});
