import { customerLock } from '@inventory/db/locks.ts';
import { service, vendorOf } from '@inventory/domain/testing/given-when-then.ts';
import type { Limits } from '@inventory/domain/limits.ts';
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
import { change, customer, hold, outcomeOf, receive } from '../testing/committing.ts';
import type { Row, Told } from '../testing/committing.ts';

const LIMITS: Limits = { customer: { units: 12, reservations: 5 }, vendor: { units: 15, reservations: 7 }, unitsSoldPerDay: 20 };

describe('the limits of what is held and bought', () => {
  let store: TestStore;
  let pair: readonly [Committer, Committer];
  let rows: readonly Row[];
  const stopping: Committer[] = [];
  const committer = (): Committer => {
    const made = createCommitter({
      url: store.url, applicationName: 'limits-test', lanes: 1, newId: v7, log: captureLog().log,
      metrics: createMetrics({ process: 'test', instance: 'test' }), limits: LIMITS,
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

  it('are not used up by what a vendor holds for the customer: that counts against the vendor, exactly too', async () => {
    const vendor = { ...vendorOf('MAD-001'), id: 'vendor-busy' };
    const told = await Promise.all(Array.from({ length: 16 }, (_, n) => {
      const row = rows[n % rows.length] ?? { productId: '', storeId: '' };
      return insist(pair[n % 2 === 0 ? 0 : 1], () => hold(row, 2, { customerId: `served-${n % 3}` }, { by: vendor }));
    }));
    expect(told.filter(({ code }) => code === undefined)).to.have.length(7);
    expect(told.filter(({ code }) => code === 'hold_limit_exceeded')).to.have.length(9);
    const own = await race(['served-0'], 8, 1);
    expect(own.filter(({ code }) => code === undefined), 'all of his own').to.have.length(5);
    const other = await outcomeOf(pair[0], hold(rows[0] ?? { productId: '', storeId: '' }, 1, { customerId: 'served-1' },
      { by: { ...vendor, id: 'served-0' } }));
    expect(other.code, 'a vendor with the id of a customer').to.equal(undefined);
  });

  it('count what the shop\'s server holds for a customer together with what he holds himself', async () => {
    const told = await Promise.all(Array.from({ length: 12 }, (_, n) => insist(pair[n % 2 === 0 ? 0 : 1], () =>
      hold(rows[n % 4] ?? { productId: '', storeId: '' }, 1, { customerId: 'both' }, { by: n % 3 === 0 ? customer('both') : service }))));
    expect(told.filter(({ code }) => code === undefined)).to.have.length(5);
    expect((await open('both'))?.reservations).to.equal(5);
  });

  it('let a customer buy exactly so many units in 24 hours, of many rows at once, through two processes', async () => {
    for (let round = 0; round < 4; round += 1) {
      const id = `buyer-${round}`;
      const by = customer(id);
      const held = await Promise.all(Array.from({ length: 12 }, (_, n) => insist(pair[n % 2 === 0 ? 0 : 1], () =>
        hold(rows[n % 4] ?? { productId: '', storeId: '' }, 3, { customerId: id }, { by: { ...vendorOf(), id: `maker-${round}-${n % 3}` } }))));
      const told = await Promise.all(held.map(({ reservation_id: hold = '' }, n) => insist(pair[n % 2 === 0 ? 1 : 0], () =>
        change(hold, { type: 'confirm', quantity: undefined }, { by }))));
      const codes = told.map(({ code, status }) => code ?? status).sort();
      expect(codes).to.deep.equal([...Array.from({ length: 6 }, () => 'CONFIRMED'), ...Array.from({ length: 6 }, () => 'sale_limit_exceeded')]);
      const refused = held[told.findIndex(({ code }) => code === 'sale_limit_exceeded')]?.reservation_id ?? '';
      const sold = held[told.findIndex(({ code }) => code === undefined)]?.reservation_id ?? '';
      const confirm = (hold: string, quantity?: number, who = by) => outcomeOf(pair[0], change(hold, { type: 'confirm', quantity }, { by: who }));
      expect((await confirm(sold)).status, 'a repeat buys nothing more').to.equal('CONFIRMED');
      expect((await confirm(refused, 3)).code).to.equal('sale_limit_exceeded');
      expect((await confirm(refused, 3, service)).status, 'the shop may still sell it').to.equal('CONFIRMED');
      const last = held[told.findLastIndex(({ code }) => code === 'sale_limit_exceeded')]?.reservation_id ?? '';
      expect((await confirm(last, 2)).status, 'up to the limit, which sales of the shop do not use up').to.equal('CONFIRMED');
    }
  });

  it('forget a sale after 24 hours', async () => {
    const id = 'returning';
    const by = customer(id);
    const [row = { productId: '', storeId: '' }] = rows;
    const buy = async (units: number) => {
      const { reservation_id: made = '' } = await insist(pair[0], () => hold(row, units, { customerId: id }, { by }));
      return outcomeOf(pair[1], change(made, { type: 'confirm', quantity: undefined }, { by }));
    };
    expect([(await buy(10)).status, (await buy(10)).status, (await buy(1)).code]).to.deep.equal(['CONFIRMED', 'CONFIRMED', 'sale_limit_exceeded']);
    const shift = (by: string) => store.pool.query(`UPDATE reservations SET closed_at = closed_at - $1::interval
      WHERE id = (SELECT id FROM reservations WHERE customer_id = 'returning' AND status = 'CONFIRMED' ORDER BY id LIMIT 1)`, [by]);
    await shift('23 hours 59 minutes');
    expect((await buy(1)).code).to.equal('sale_limit_exceeded');
    await shift('1 minute');
    expect((await buy(2)).status).to.equal('CONFIRMED');
    // Back, because the events say when it was.
    await shift('-24 hours');
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
