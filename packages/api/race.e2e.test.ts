import { createClient } from '@inventory/testkit/http/client.ts';
import type { Answer } from '@inventory/testkit/http/client.ts';
import { expectInvariants } from '@inventory/testkit/invariants/invariants.ts';
import { startProcess } from '@inventory/testkit/processes/processes.ts';
import type { TestProcess } from '@inventory/testkit/processes/processes.ts';
import { createTestKeys } from '@inventory/testkit/http/tokens.ts';
import { expect } from 'chai';
import { addProduct, admin, createTestStore, leaveOnlyTheLock, processEnv } from './testing/api.ts';
import type { TestStore } from './testing/api.ts';
import { stockOf } from './testing/committing.ts';

describe('two api processes', () => {
  let store: TestStore;
  let apis: readonly TestProcess[] = [];
  /** One order for each customer: the customer's own lock would serialise several, whatever the row's lock does. */
  let shoppers: readonly { readonly id: string; readonly token: string }[];
  let adminToken: string;
  before(async () => {
    store = await createTestStore();
    await leaveOnlyTheLock(store.pool);
    const keys = await createTestKeys();
    adminToken = await keys.token(admin);
    shoppers = await Promise.all(Array.from({ length: 200 }, async (_, n) => {
      const id = `cust-${n}`;
      return { id, token: await keys.token({ role: 'customer', userId: id }) };
    }));
    const options = { command: 'api', env: processEnv(store, keys.publicKeyPem) } as const;
    apis = await Promise.all([startProcess(options), startProcess(options)]);
  });
  after(async () => {
    await Promise.all(apis.map((api) => api.stop()));
    await store.close();
  });
  const client = (nth: number, token: string) => createClient(`http://127.0.0.1:${apis[nth]?.port}/api/v1`, token);

  it('sell 50 units to exactly 50 of 200 orders for one unit at the same moment', async () => {
    // Without the lock, one round may be serialised by chance, but hardly five.
    for (let round = 0; round < 5; round += 1) await sell(round);
    await expectInvariants(store.db);
  });

  async function sell(round: number): Promise<void> {
    const productId = await addProduct(store.db);
    const row = { product_id: productId, store_id: 'BCN-001' };
    const received = await client(0, adminToken).post('/stock', { ...row, quantity_change: 50, reason: 'RESTOCK' });
    expect(received.status).to.equal(200);

    const answers = await Promise.all(shoppers.map(({ id, token }, nth) => untilTold(() =>
      client(nth % 2, token).post('/reservations', { ...row, quantity: 1, customer_id: id, ttl: 600 }, {
        headers: { 'idempotency-key': `round-${round}-${id}` },
      }))));

    const statuses = Map.groupBy(answers, ({ status }) => status);
    const counts = Object.fromEntries([...statuses].map(([status, { length }]) => [status, length]));
    expect(counts).to.deep.equal({ 201: 50, 409: 150 });
    expect(new Set(statuses.get(201)?.map(({ body }) => body['reservation_id'])).size).to.equal(50);
    expect(new Set(statuses.get(409)?.map(({ body }) => body['code']))).to.deep.equal(new Set(['insufficient_stock']));
    expect(await stockOf(store.pool, { productId, storeId: 'BCN-001' })).to.deep.equal(
      { quantity: 50, reserved: 50, version: 51 });
  }

  it('give one effect for one key that is used twenty times at once, with answers of the same bytes', async () => {
    const productId = await addProduct(store.db);
    const headers = { 'idempotency-key': `twenty-${productId}` };
    const receipt = { product_id: productId, store_id: 'BCN-001', quantity_change: 7, reason: 'RESTOCK' };
    const answers = await Promise.all(Array.from({ length: 20 }, (_, nth) =>
      untilTold(() => client(nth % 2, adminToken).post('/stock', receipt, { headers }))));
    expect(new Set(answers.map(({ status, text, headers: sent }) => `${status} ${sent.get('etag')} ${text}`)).size).to.equal(1);
    expect(answers.filter(({ headers: sent }) => sent.get('idempotency-replayed') === null)).to.have.length(1);
    expect(await stockOf(store.pool, { productId, storeId: 'BCN-001' })).to.deep.equal(
      { quantity: 7, reserved: 0, version: 1 });
  });
});

/** On a busy machine a request may be refused for a while: the client asks again under its key. */
async function untilTold(ask: () => Promise<Answer>): Promise<Answer> {
  const answer = await ask();
  return answer.status === 503 ? untilTold(ask) : answer;
}
