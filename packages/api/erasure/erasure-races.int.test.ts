import { asLogin } from '@inventory/db/testing/database.ts';
import { createPseudonym } from '../pseudonyms.ts';
import { admin, service, vendorOf } from '@inventory/domain/testing/given-when-then.ts';
import { newestPosition, settledPosition } from '@inventory/db/events.ts';
import { expectInvariants } from '@inventory/testkit/invariants/invariants.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { expect } from 'chai';
import { addProduct, createTestStore } from '../testing/api.ts';
import type { TestStore } from '../testing/api.ts';
import { hold, outcomeOf, receive } from '../testing/committing.ts';
import { eraseAmong, erasing, startErasers } from '../testing/erasing.ts';
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

  it('keeps nothing from being settled while it waits for others who list tokens', async () => {
    const row = { productId: await addProduct(store.db), storeId: 'MAD-001' };
    await pair[0].committer.submit(receive(row, 10));
    await outcomeOf(pair[0].committer, hold(row, 1, { customerId: 'waits' }, { by: admin }));
    const lister = await store.pool.connect();
    try {
      await lister.query('BEGIN');
      await lister.query('SELECT FROM revoked_tokens_changes FOR UPDATE');
      // It gives up where it has to wait for seconds, as on a machine that is very busy.
      const erased = pair[0].erase(erasing('waits')).catch(() => undefined);
      await eventually(async () => {
        const { rows } = await store.pool.query("SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()");
        expect(rows).to.have.length(1);
      });
      await pair[1].committer.submit(receive({ ...row, storeId: 'BCN-001' }, 1));
      const written = await newestPosition(store.db);
      expect(await settledPosition(store.db)).to.equal(written);
      await lister.query('COMMIT');
      expect(await erased ?? await pair[0].erase(erasing('waits'))).to.have.nested.property('outcome.value.holdsReleased', 1);
    } finally {
      lister.release(true);
    }
  });
});
