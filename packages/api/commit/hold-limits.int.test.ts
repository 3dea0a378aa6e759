import { customerLock } from '@inventory/db/locks.ts';
import { customer } from '@inventory/domain/testing/given-when-then.ts';
import { createMetrics } from '@inventory/runtime/metrics.ts';
import { captureLog } from '@inventory/runtime/testing/log.ts';
import { expectInvariants } from '@inventory/testkit/invariants/invariants.ts';
import { expect } from 'chai';
import { v7 } from 'uuid';
import { addProduct, createTestStore } from '../testing/api.ts';
import type { TestStore } from '../testing/api.ts';
import type { Command } from './command.ts';
import { createCommitter } from './committer.ts';
import type { Committer } from './committer.ts';
import { change, hold, outcomeOf, receive } from '../testing/committing.ts';
import type { Row, Told } from '../testing/committing.ts';

const LIMITS = { units: 12, reservations: 5 };

describe('the hold limits of a customer', () => {
  let store: TestStore;
  let pair: readonly [Committer, Committer];
  let rows: readonly Row[];
  const stopping: Committer[] = [];
  const committer = (): Committer => {
    const made = createCommitter({
      url: store.url, applicationName: 'limits-test', lanes: 1, newId: v7, log: captureLog().log,
      metrics: createMetrics({ process: 'test', instance: 'test' }), holdLimits: LIMITS,
    });
    stopping.push(made);
    return made;
  };
  before(async () => {
    store = await createTestStore();
    pair = [committer(), committer()];
    rows = await Promise.all(['MAD-001', 'BCN-001', 'VAL-001', 'MAD-001'].map(async (storeId) => {
      const row = { productId: await addProduct(store.db), storeId };
      await pair[0].submit(receive(row, 1000));
      return row;
    }));
  });
  after(async () => {
    await Promise.all(stopping.map((each) => each.stop()));
    await expectInvariants(store.db).finally(() => store.close());
  });

  const open = async (customerId: string) => {
    const { rows: [held] } = await store.pool.query<{ reservations: number; units: number }>(
      `SELECT count(*)::int AS reservations, coalesce(sum(quantity), 0)::int AS units FROM reservations
       WHERE customer_id = $1 AND status = 'PENDING'`, [customerId]);
    return held;
  };
  /** Tries again as a client does: on a busy machine the wait for a lock may be too long. */
  const insist = async (by: Committer, command: () => Command): Promise<Told> => {
    for (let tries = 1; ; tries += 1) {
      const told = await outcomeOf(by, command());
      if (told.code !== 'lock_timeout' || tries === 10) return told;
    }
  };
  /** Committers and rows alternate, so that one customer reserves through both processes and at several rows. */
  const race = (customers: readonly string[], each: number, units: number): Promise<readonly Told[]> =>
    Promise.all(Array.from({ length: each }, (_, n) => customers.map((id, nth) => {
      const row = rows[(n + nth) % rows.length] ?? { productId: '', storeId: '' };
      return insist(pair[(n + nth) % 2 === 0 ? 0 : 1], () =>
        hold(row, units, { customerId: id }, { by: customer(id) }));
    })).flat());

  it('are kept exactly under many requests at once, for different stock rows, through two processes', async () => {
    for (let round = 0; round < 8; round += 1) {
      const customers = Array.from({ length: 6 }, (_, n) => `racer-${round}-${n}`);
      const told = await race(customers, 14, round % 2 === 0 ? 1 : 3);
      const codes = new Set(told.map(({ code }) => code ?? 'ok'));
      expect([...codes].sort()).to.deep.equal(['hold_limit_exceeded', 'ok']);
      for (const id of customers) {
        expect(await open(id), id).to.deep.equal(
          round % 2 === 0 ? { reservations: 5, units: 5 } : { reservations: 4, units: 12 });
      }
    }
  });

  it('leave room again for holds that were cancelled, sold or have lapsed', async () => {
    const id = 'patient';
    const by = customer(id);
    const [row = { productId: '', storeId: '' }] = rows;
    const ask = (ttlSeconds = 600) => outcomeOf(pair[0], hold(row, 1, { customerId: id, ttlSeconds }, { by }));
    const told = [await ask(), await ask(), await ask(0.001), await ask(0.001), await ask(0.001)];
    expect(await outcomeOf(pair[1], change(told[0]?.reservation_id ?? '', { type: 'cancel' }, { by })))
      .to.deep.include({ status: 'CANCELLED' });
    expect(await outcomeOf(pair[1], change(told[1]?.reservation_id ?? '', { type: 'confirm', quantity: undefined },
      { by })))
      .to.deep.include({ status: 'CONFIRMED' });
    const again = await Promise.all(Array.from({ length: 6 }, () => ask()));
    expect(again.map(({ code }) => code ?? 'ok')).to.deep.equal(['ok', 'ok', 'ok', 'ok', 'ok', 'hold_limit_exceeded']);
  });

  it('delay no other customer while one customer is locked elsewhere', async () => {
    const client = await store.pool.connect();
    await client.query('BEGIN');
    await client.query('SELECT pg_advisory_xact_lock($1)', [customerLock('busy').toString()]);
    const [row = { productId: '', storeId: '' }] = rows;
    const told = await Promise.all(['busy', 'free', 'busy'].map((id) =>
      outcomeOf(pair[0], hold(row, 1, { customerId: id }, { by: customer(id) }))));
    await client.query('ROLLBACK');
    client.release();
    expect(told.map(({ code }) => code ?? 'ok')).to.deep.equal(['lock_timeout', 'ok', 'lock_timeout']);
  });
});
