import { expectInvariants } from '@inventory/testkit/invariants/invariants.ts';
import { expect } from 'chai';
import { addProduct, createTestStore } from '../testing/api.ts';
import type { TestStore } from '../testing/api.ts';
import type { Command, Settled } from './command.ts';
import { answerTo, change, customer, eventsOf, hold, outcomeOf, read, receive, stockOf, testCommitter } from '../testing/committing.ts';
import type { Row } from '../testing/committing.ts';

type Committer = ReturnType<typeof testCommitter>;

describe('an idempotency key, through two processes', () => {
  let store: TestStore;
  let pair: readonly [Committer, Committer];
  let row: Row;
  before(async () => {
    store = await createTestStore();
    pair = [testCommitter(store.url), testCommitter(store.url)];
  });
  beforeEach(async () => { row = { productId: await addProduct(store.db), storeId: 'MAD-001' }; });
  after(async () => {
    await Promise.all(pair.map((each) => each.stop()));
    await expectInvariants(store.db).finally(() => store.close());
  });

  /** The same command twenty times at once, ten times through each. */
  const twentyTimes = (make: () => Command): Promise<readonly Settled[]> => Promise.all(
    Array.from({ length: 10 }, () => pair.map((each) => each.submit(make()))).flat());

  function expectOneEffect(settled: readonly Settled[]): void {
    expect(new Set(settled.map((each) => answerTo(each).body.toString())).size).to.equal(1);
    expect(settled.filter(({ kind }) => kind === 'decided')).to.have.length(1);
  }

  it('has one effect and one answer, byte for byte, on an existing row', async () => {
    await pair[0].submit(receive(row, 10));
    expectOneEffect(await twentyTimes(() => receive(row, 1, {}, { key: `there-${row.productId}` })));
    expect(await stockOf(store.pool, row)).to.deep.equal({ quantity: 11, reserved: 0, version: 2 });
  });

  it('has one effect where the row has to be made first', async () => {
    expectOneEffect(await twentyTimes(() => receive(row, 1, {}, { key: `new-${row.productId}` })));
    expect(await stockOf(store.pool, row)).to.deep.equal({ quantity: 1, reserved: 0, version: 1 });
  });

  it('makes one hold, although each request brings an id for it', async () => {
    await pair[0].submit(receive(row, 10));
    const answers = await twentyTimes(() => hold(row, 2, {}, { key: `hold-${row.productId}` }));
    expectOneEffect(answers);
    expect(await stockOf(store.pool, row)).to.deep.include({ reserved: 2 });
    const { rows } = await store.pool.query<{ id: string }>('SELECT id FROM reservations WHERE product_id = $1', [row.productId]);
    expect(rows).to.deep.equal([{ id: read(answers[0]).reservation_id }]);
  });

  it('has one refusal, which stays the same when stock comes in later', async () => {
    const refused = () => hold(row, 5, {}, { key: `refused-${row.productId}` });
    await pair[0].submit(receive(row, 1));
    expectOneEffect(await twentyTimes(refused));
    await pair[0].submit(receive(row, 100));
    expect(await outcomeOf(pair[1], refused())).to.deep.equal({ code: 'insufficient_stock', available: 1 });
  });

  it('with several bodies at once has one effect; every other body is refused', async () => {
    const key = `bodies-${row.productId}`;
    const told = await Promise.all(Array.from({ length: 20 }, (_, n) =>
      outcomeOf(n % 2 === 0 ? pair[0] : pair[1], receive(row, n + 1, {}, { key, body: String(n) }))));
    expect(told.filter(({ code }) => code === undefined)).to.have.length(1);
    expect(told.filter(({ code }) => code === 'idempotency_key_reused')).to.have.length(19);
    expect(await eventsOf(store.pool, row.productId)).to.have.length(1);
  });

  it('with another body for other rows is refused too: the key decides, not the row', async () => {
    const key = `rows-${row.productId}`;
    const other = { ...row, storeId: 'BCN-001' };
    const told = await Promise.all([
      outcomeOf(pair[0], receive(row, 1, {}, { key, body: 'Madrid' })),
      outcomeOf(pair[1], receive(other, 1, {}, { key, body: 'Barcelona' })),
    ]);
    expect(told.map(({ code }) => code ?? 'ok').sort()).to.deep.equal(['idempotency_key_reused', 'ok']);
    expect(await eventsOf(store.pool, row.productId)).to.have.length(1);
  });

  it('of another user or another operation is another key', async () => {
    const key = `mine-${row.productId}`;
    await pair[0].submit(receive(row, 10, {}, { key }));
    const by = customer('cust-1');
    const told = await Promise.all([
      outcomeOf(pair[0], hold(row, 1, {}, { key, by })),
      outcomeOf(pair[1], receive(row, 1, {}, { key, operation: 'other' })),
    ]);
    expect(told.map(({ code }) => code)).to.deep.equal([undefined, undefined]);
    expect(await eventsOf(store.pool, row.productId)).to.have.length(3);
  });

  it('of a confirmation is stored with it: a repeat is answered although nothing is left to decide', async () => {
    await pair[0].submit(receive(row, 10));
    const { reservation_id: id = '' } = await outcomeOf(pair[0], hold(row, 2));
    const key = `confirm-${row.productId}`;
    expectOneEffect(await twentyTimes(() => change(id, { type: 'confirm', quantity: 1 }, { key })));
    expect(await stockOf(store.pool, row)).to.deep.equal({ quantity: 9, reserved: 0, version: 3 });
  });
});
