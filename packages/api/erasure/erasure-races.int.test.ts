import { asLogin } from '@inventory/db/testing/database.ts';
import { createPseudonym } from '../pseudonyms.ts';
import { admin, service, vendorOf } from '@inventory/domain/testing/given-when-then.ts';
import { expectInvariants } from '@inventory/testkit/invariants/invariants.ts';
import { expect } from 'chai';
import { addProduct, createTestStore } from '../testing/api.ts';
import type { TestStore } from '../testing/api.ts';
import { receive } from '../testing/committing.ts';
import { eraseAmong, startErasers } from '../testing/erasing.ts';
import type { ErasingProcess } from '../testing/erasing.ts';

const ROUNDS = 5;

/** The long sibling is erasures.long.test.ts. */
describe('an erasure among reservations of the same customer, through two processes', () => {
  let store: TestStore;
  let pair: readonly [ErasingProcess, ErasingProcess];
  before(async () => {
    store = await createTestStore();
    pair = startErasers(asLogin(store.url, 'api'), store.db, createPseudonym('test'));
  });
  after(async () => {
    await Promise.all(pair.map(({ committer }) => committer.stop()));
    await expectInvariants(store.db).finally(() => store.close());
  });

  it(`leaves each hold to the old ref, and released, or to a new one, ${ROUNDS} times, and no more than he may hold`, async function () {
    this.timeout(60_000);
    const row = { productId: await addProduct(store.db), storeId: 'MAD-001' };
    await pair[0].committer.submit(receive(row, 100_000));
    for (let round = 0; round < ROUNDS; round += 1) {
      const faults = await eraseAmong({ pool: store.pool, pair, row }, { id: `raced-${round}`, parallel: 24, makers: [admin, service, vendorOf('BCN-001')] });
      expect(faults).to.deep.equal([]);
    }
  });
});
