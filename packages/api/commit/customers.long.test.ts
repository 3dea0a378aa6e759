import { asLogin } from '@inventory/db/testing/database.ts';
import { admin, service, vendorOf } from '@inventory/domain/testing/given-when-then.ts';
import { expectInvariants } from '@inventory/testkit/invariants/invariants.ts';
import { expect } from 'chai';
import { addProduct, createTestStore } from '../testing/api.ts';
import type { TestStore } from '../testing/api.ts';
import { customer, hold, outcomeOf, receive, testCommitter } from '../testing/committing.ts';
import type { Row } from '../testing/committing.ts';

const ROUNDS = 1000;

/** The quick sibling is in customers.int.test.ts. */
describe(`${ROUNDS} customers, each with his first holds at once through two processes`, function () {
  this.timeout(900_000);
  let store: TestStore;
  let pair: readonly [ReturnType<typeof testCommitter>, ReturnType<typeof testCommitter>];
  let rows: readonly Row[];
  before(async () => {
    store = await createTestStore();
    const url = asLogin(store.url, 'api');
    pair = [testCommitter(url), testCommitter(url)];
    rows = await Promise.all([1, 2].map(async () => ({ productId: await addProduct(store.db), storeId: 'MAD-001' })));
    for (const row of rows) await pair[0].submit(receive(row, 100_000));
  });
  after(async () => {
    await Promise.all(pair.map((each) => each.stop()));
    await expectInvariants(store.db).finally(() => store.close());
  });

  it('get one ref each, which all their holds bear', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const id = `first-${round}`;
      const makers = [admin, customer(id), vendorOf('BCN-001'), service];
      const told = await Promise.all(makers.map((by, nth) => outcomeOf(
        pair[nth % 2 === 0 ? 0 : 1], hold(rows[(nth >> 1) % 2] ?? { productId: '', storeId: '' }, 1, { customerId: id }, { by }))));
      expect(told.map(({ code }) => code ?? 'ok')).to.deep.equal(makers.map(() => 'ok'));
    }
    const { rows: wrong } = await store.pool.query(`
      SELECT c.external_id FROM customers c FULL JOIN reservations r ON r.customer_id = c.external_id
      GROUP BY c.external_id HAVING count(DISTINCT r.customer_ref) <> 1 OR count(DISTINCT c.ref) <> 1 OR count(*) <> 4`);
    expect(wrong).to.deep.equal([]);
  });
});
