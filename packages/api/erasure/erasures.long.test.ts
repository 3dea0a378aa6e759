import { asLogin } from '@inventory/db/testing/database.ts';
import { newestPosition, settledPosition } from '@inventory/db/events.ts';
import { admin, service, vendorOf } from '@inventory/domain/testing/given-when-then.ts';
import { expect } from 'chai';
import { setTimeout as delay } from 'node:timers/promises';
import { createPseudonym } from '../pseudonyms.ts';
import { addProduct, createTestStore } from '../testing/api.ts';
import type { TestStore } from '../testing/api.ts';
import { hold, receive } from '../testing/committing.ts';
import { eraseAmong, erasing, startErasers } from '../testing/erasing.ts';
import type { ErasingProcess } from '../testing/erasing.ts';

const ROUNDS = 100;
const HOLDS = 10_000;

/** The quick siblings are in erasure-races.int.test.ts and erasures.int.test.ts. */
describe('erasures, for long', function () {
  this.timeout(900_000);
  let store: TestStore;
  let pair: readonly [ErasingProcess, ErasingProcess];
  let row: { productId: string; storeId: string };
  before(async () => {
    store = await createTestStore();
    pair = startErasers(asLogin(store.url, 'api'), store.db, createPseudonym('test'));
  });
  beforeEach(() => newRow());
  after(async () => {
    await Promise.all(pair.map(({ committer }) => committer.stop()));
    // The quick siblings look at the invariants: over a hundred thousand events in a few minutes they take longer than a statement may.
    await store.close();
  });

  const newRow = async (): Promise<void> => {
    row = { productId: await addProduct(store.db), storeId: 'MAD-001' };
    await pair[0].committer.submit(receive(row, 1_000_000));
  };

  it(`among 200 reservations of the same customer leave each hold to the old ref, and released, or to a new one, ${ROUNDS} times`, async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      await newRow();
      const faults = await eraseAmong({ pool: store.pool, pair, row }, { id: `raced-${round}`, parallel: 200, makers: [admin, service, vendorOf('BCN-001')] });
      expect(faults, `round ${round}`).to.deep.equal([]);
    }
  });

  it(`of ${HOLDS} holds keep the settled position from nobody for 200 ms longer than it takes without them`, async () => {
    for (let made = 0; made < HOLDS; made += 500) {
      await Promise.all(Array.from({ length: 500 }, () => pair[0].committer.submit(hold(row, 1, { customerId: 'many' }, { by: admin }))));
    }
    const beside = { productId: await addProduct(store.db), storeId: 'BCN-001' };
    /** How long what is written takes to be settled, again and again until the work is done. */
    const waitsBeside = async (work: Promise<unknown>): Promise<readonly number[]> => {
      const waits: number[] = [];
      const state = { over: false };
      const ended = work.finally(() => { state.over = true; });
      while (!state.over) {
        await pair[1].committer.submit(receive(beside, 1));
        const [written, began] = [await newestPosition(store.db), performance.now()];
        // All that was drawn by then is settled.
        while (await settledPosition(store.db) < written) await delay(2);
        waits.push(performance.now() - began);
      }
      await ended;
      return waits;
    };
    const alone = Math.max(...await waitsBeside(delay(3000)));
    const began = performance.now();
    const erased = pair[0].erase(erasing('many'));
    const waits = await waitsBeside(erased);
    const took = performance.now() - began;
    const settled = await erased;
    expect(settled).to.have.nested.property('outcome.value.holdsReleased', HOLDS);
    console.info(`      ${HOLDS} holds in ${Math.round(took)} ms; ${waits.length} looks beside, the longest wait ${Math.round(Math.max(...waits))} ms, and ${Math.round(alone)} ms beside nothing`);
    expect(Math.max(...waits)).to.be.below(200 + alone);
  });
});
