import { createMetrics } from '@inventory/runtime/metrics.ts';
import { captureLog } from '@inventory/runtime/testing/log.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { expectInvariants } from '@inventory/testkit/invariants/invariants.ts';
import { expect } from 'chai';
import { v7 } from 'uuid';
import { createCommitter } from '../commit/committer.ts';
import type { RefusedDemand } from '../commit/command.ts';
import type { Committer } from '../commit/committer.ts';
import { commandOf, customer, hold, outcomeOf, receive, stockOf } from '../testing/committing.ts';
import { addProduct, createTestStore } from '../testing/api.ts';
import type { TestStore } from '../testing/api.ts';
import { createDemandNotes, recordRefusedDemand, writeRefusedDemand } from './record-refused-demand.ts';
import type { DemandNotes } from './record-refused-demand.ts';

describe('refused demand', () => {
  let store: TestStore;
  let committer: Committer;
  let notes: DemandNotes;
  let now = 0;
  let dropped = 0;
  let productId: string;
  before(async () => {
    store = await createTestStore();
    committer = createCommitter({
      url: store.url, applicationName: 'rejections', lanes: 1, newId: v7, log: captureLog().log,
      metrics: createMetrics({ process: 'test', instance: 'test' }),
      onRefusedDemand: (demand) => { demand.forEach((each) => { notes.note(each); }); },
    });
  });
  beforeEach(async () => {
    now = 0;
    dropped = 0;
    notes = createDemandNotes(() => now, () => { dropped += 1; });
    productId = await addProduct(store.db);
  });
  after(async () => {
    await committer.stop();
    await expectInvariants(store.db).finally(() => store.close());
  });

  interface Logged { payload: Record<string, unknown>; metadata: { actor: { id: string }; request_id: string } }
  const logged = async (): Promise<readonly Logged[]> => (await store.pool.query<Logged>(`
    SELECT payload, metadata FROM events WHERE event_type = 'reservation.rejected' AND payload ->> 'product_id' = $1
    ORDER BY position`, [productId])).rows;
  const write = () => writeRefusedDemand(store.db, notes);
  const refused = (more: Partial<RefusedDemand> = {}): RefusedDemand => ({
    productId, storeId: 'MAD-001', customerId: 'cust-1', requested: 1, available: 0,
    cause: { actor: { id: 'admin-1', role: 'admin' }, metadata: { request_id: 'test' }, idempotency: undefined }, ...more,
  });

  it('becomes an event with what was wanted, what was available, who wanted it and by which request', async () => {
    const row = { productId, storeId: 'MAD-001' };
    await committer.submit(receive(row, 3));
    expect((await outcomeOf(committer, hold(row, 1, { customerId: 'cust-9' }))).code).to.equal(undefined);
    expect(await outcomeOf(committer, hold(row, 5, { customerId: 'cust-9' }, { name: 'request-1' }))).to.deep.equal(
      { code: 'insufficient_stock', available: 2 });
    expect(await outcomeOf(committer, hold(row, 1))).to.include({ reserved: 2 });
    await write();
    const [event, ...others] = await logged();
    expect(others).to.deep.equal([]);
    const { rows: [customer] } = await store.pool.query<{ ref: string }>("SELECT ref FROM customers WHERE external_id = 'cust-9'");
    expect(event?.payload).to.deep.include({
      product_id: productId, store_id: 'MAD-001', customer_ref: customer?.ref, requested: 5, available: 2, suppressed: 0,
    });
    expect(event?.metadata).to.deep.include({ request_id: 'request-1', actor: { id: 'admin-1', role: 'admin' } });
    expect(await stockOf(store.pool, row), 'it changes nothing').to.deep.equal({ quantity: 3, reserved: 2, version: 3 });
  });

  it('of a customer of whom nothing was ever written names nobody, and gives him no ref', async () => {
    const row = { productId, storeId: 'MAD-001' };
    const asked = hold(row, 5, { customerId: 'nobody-yet' }, { by: customer('nobody-yet') });
    expect((await outcomeOf(committer, asked)).code).to.equal('insufficient_stock');
    await write();
    const [event] = await logged();
    expect(event?.payload).to.include({ customer_ref: null, requested: 5 });
    expect(event?.metadata.actor).to.deep.equal({ id: 'unknown', role: 'customer' });
    expect((await store.pool.query("SELECT FROM customers WHERE external_id = 'nobody-yet'")).rowCount).to.equal(0);
  });

  it('of a cart becomes one event for each short row; a short receipt becomes none', async () => {
    const lines = ['MAD-001', 'BCN-001', 'MAD-001'].map((storeId) => hold({ productId, storeId }, 2).parts).flat();
    await outcomeOf(committer, { ...commandOf(lines), list: 'lines' });
    await outcomeOf(committer, receive({ productId, storeId: 'VAL-001' }, -1));
    await write();
    const events = (await logged()).map(({ payload }) => [payload['store_id'], payload['requested']]);
    expect(events.sort()).to.deep.equal([['BCN-001', 2], ['MAD-001', 4]]);
  });

  it('in a flood becomes one event a row in ten seconds, which counts the others, and at most a hundred events a step', async () => {
    const row = { productId, storeId: 'MAD-001' };
    await Promise.all(Array.from({ length: 300 }, () => outcomeOf(committer, hold(row, 1))));
    await write();
    await Promise.all(Array.from({ length: 100 }, () => outcomeOf(committer, hold(row, 1))));
    now = 9999;
    await write();
    expect((await logged()).map(({ payload }) => payload['suppressed'])).to.deep.equal([299]);
    now = 10_000;
    await write();
    expect((await logged()).map(({ payload }) => payload['suppressed'])).to.deep.equal([299, 99]);

    for (let n = 0; n < 5000; n += 1) notes.note(refused({ storeId: `S-${n}` }));
    expect([notes.waiting(), dropped], 'the memory is bounded').to.deep.equal([2000, 3000]);
    expect(notes.take()).to.have.length(100);
  });

  it('is answered at once while the log cannot be written, and its event follows', async () => {
    const row = { productId, storeId: 'MAD-001' };
    const { log } = captureLog();
    const metrics = createMetrics({ process: 'test', instance: 'test' });
    const recorder = recordRefusedDemand({ db: store.db, log, metrics });
    const holder = await store.pool.connect();
    try {
      await holder.query('BEGIN');
      await holder.query('LOCK TABLE events IN SHARE MODE');
      notes = { ...notes, note: (each) => { recorder.note([each]); } };
      expect(await outcomeOf(committer, hold(row, 1))).to.include({ code: 'insufficient_stock' });
      await eventually(async () => {
        const { rowCount } = await store.pool.query(`
          SELECT 1 FROM pg_locks WHERE relation = 'events'::regclass AND NOT granted`);
        expect(rowCount, 'the event waits').to.equal(1);
      });
      expect(await outcomeOf(committer, hold(row, 1)), 'the next refusal does not').to.include({ code: 'insufficient_stock' });
      expect(await logged()).to.deep.equal([]);
    } finally {
      await holder.query('ROLLBACK');
      holder.release();
    }
    await eventually(async () => { expect(await logged()).to.have.length(1); });
    await recorder.stop();
    const counted = (await logged()).reduce((sum, { payload }) => sum + 1 + Number(payload['suppressed']), 0);
    expect(counted + notes.waiting()).to.be.within(1, 2);
  });
});
