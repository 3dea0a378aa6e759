import { expectInvariants } from '@inventory/testkit/invariants/invariants.ts';
import { expect } from 'chai';
import { v7 } from 'uuid';
import { addProduct, createTestStore, leaveOnlyTheLock } from '../testing/api.ts';
import type { TestStore } from '../testing/api.ts';
import { change, commandOf, hold, outcomeOf, receive, stockOf, testCommitter } from '../testing/committing.ts';
import type { Row, Told } from '../testing/committing.ts';
import type { Command } from './command.ts';

const ROUNDS = 40;

describe('through two processes that decide at once, with nothing but the lock of the row between them', function () {
  this.timeout(60_000);
  let store: TestStore;
  let pair: readonly [ReturnType<typeof testCommitter>, ReturnType<typeof testCommitter>];
  before(async () => {
    store = await createTestStore();
    await leaveOnlyTheLock(store.pool);
    pair = [testCommitter(store.url), testCommitter(store.url)];
  });
  after(async () => {
    await Promise.all(pair.map((each) => each.stop()));
    await store.close();
  });
  afterEach(() => expectInvariants(store.db));

  /** One command through each process. */
  const both = (one: Command, other: Command): Promise<readonly [Told, Told]> =>
    Promise.all([outcomeOf(pair[0], one), outcomeOf(pair[1], other)]);
  const rowOf = async (quantity: number): Promise<Row> => {
    const row: Row = { productId: await addProduct(store.db), storeId: 'MAD-001' };
    await pair[0].submit(receive(row, quantity));
    return row;
  };
  const count = (row: Row, quantity: number): Command => commandOf([{
    kind: 'stock', ...row,
    change: {
      type: 'count_stock', quantity, expectedVersion: undefined, expectedQuantity: undefined, mustExist: false, onShortfall: 'RELEASE',
      reference: null, note: null, occurredAt: null,
    },
  }]);
  const statusOf = async (id: string): Promise<string | undefined> =>
    (await store.pool.query<{ status: string }>('SELECT status FROM reservations WHERE id = $1', [id])).rows[0]?.status;

  it('the unit of a sale comes back once, however many want to book it', async () => {
    const row = await rowOf(ROUNDS);
    const giveBack = (id: string): Command => commandOf([{
      kind: 'reservation', reservationId: id, change: { type: 'return', quantity: 1, reference: null, note: null, occurredAt: null },
    }]);
    for (let round = 0; round < ROUNDS; round += 1) {
      const { reservation_id: id = '' } = await outcomeOf(pair[0], hold(row, 1));
      await outcomeOf(pair[1], change(id, { type: 'confirm', quantity: undefined }));
      const told = await both(giveBack(id), giveBack(id));
      expect(told.map(({ code }) => code ?? 'back').toSorted(), `round ${round}`).to.deep.equal(['back', 'more_than_sold']);
    }
    expect(await stockOf(store.pool, row)).to.deep.include({ quantity: ROUNDS, reserved: 0 });
  });

  it('a count and a hold that takes what it did not find end one way: the hold is ended, or it is refused', async () => {
    const ends = new Set<string>();
    for (let round = 0; round < ROUNDS; round += 1) {
      const row = await rowOf(3);
      const id = v7();
      const [one, other] = round % 2 === 0 ? pair : [pair[1], pair[0]];
      const [counted, held] = await Promise.all([outcomeOf(one, count(row, 1)), outcomeOf(other, hold(row, 2, { reservationId: id }))]);
      expect(counted.code, `round ${round}`).to.equal(undefined);
      const end = held.code ?? await statusOf(id) ?? 'none';
      expect(['insufficient_stock', 'CANCELLED'], `round ${round}`).to.include(end);
      ends.add(end);
      expect(await stockOf(store.pool, row), `round ${round}`).to.deep.include({ quantity: 1, reserved: 0 });
    }
    console.info(`      ${[...ends].join(', ')}`);
  });

  it('a cart that is finished with some of its lines and cancelled ends one way: each unit is sold or free, and never both', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const rows = [await rowOf(1), await rowOf(1)] as const;
      const [batchId, sold, left] = [v7(), v7(), v7()];
      await pair[0].submit(commandOf([
        ...hold(rows[0], 1, { reservationId: sold, batchId }).parts, ...hold(rows[1], 1, { reservationId: left, batchId }).parts,
      ]));
      const cart = (parts: readonly Command[]): Command => commandOf(parts.flatMap(({ parts: [part] }) => part ?? []));
      const [finished, cancelled] = await both(
        cart([change(sold, { type: 'confirm', quantity: undefined }), change(left, { type: 'let_go' })]),
        cart([change(sold, { type: 'cancel' }), change(left, { type: 'cancel' })]));
      const ended = [finished.code, cancelled.code].map((code) => code ?? 'done');
      const shelves = await Promise.all(rows.map(async (row) => (await stockOf(store.pool, row))?.quantity));
      const statuses = [await statusOf(sold), await statusOf(left)];
      expect([ended, shelves, statuses], `round ${round}`).to.deep.equal(finished.code === undefined
        ? [['done', 'reservation_already_confirmed'], [0, 1], ['CONFIRMED', 'CANCELLED']]
        : [['reservation_already_cancelled', 'done'], [1, 1], ['CANCELLED', 'CANCELLED']]);
    }
  });
});
