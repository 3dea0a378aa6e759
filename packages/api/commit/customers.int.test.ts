import { customerLock } from '@inventory/db/locks.ts';
import { asLogin } from '@inventory/db/testing/database.ts';
import type { Actor } from '@inventory/domain/access.ts';
import { newestVersions } from '@inventory/domain/events-stored.ts';
import { DEFAULT_LIMITS } from '@inventory/domain/limits.ts';
import { admin, service, vendorOf } from '@inventory/domain/testing/given-when-then.ts';
import { createMetrics } from '@inventory/runtime/metrics.ts';
import { captureLog } from '@inventory/runtime/testing/log.ts';
import { expectInvariants } from '@inventory/testkit/invariants/invariants.ts';
import { expect } from 'chai';
import { v7 } from 'uuid';
import { addProduct, createTestStore } from '../testing/api.ts';
import type { TestStore } from '../testing/api.ts';
import { createCommitter } from './committer.ts';
import type { Committer } from './committer.ts';
import { change, commandOf, customer, hold, outcomeOf, receive, refOf, testCommitter } from '../testing/committing.ts';
import type { Row } from '../testing/committing.ts';

const ROUNDS = 25;

describe('a customer', () => {
  let store: TestStore;
  let pair: readonly [ReturnType<typeof testCommitter>, ReturnType<typeof testCommitter>];
  let row: Row;
  before(async () => {
    store = await createTestStore();
    const url = asLogin(store.url, 'api');
    pair = [testCommitter(url), testCommitter(url)];
    row = { productId: await addProduct(store.db), storeId: 'MAD-001' };
    await pair[0].submit(receive(row, 100_000));
  });
  after(async () => {
    await Promise.all(pair.map((each) => each.stop()));
    await expectInvariants(store.db).finally(() => store.close());
  });

  /** The refs in the reservations of a customer, each once, and those that `customers` knows for him. */
  const refsOf = async (id: string) => {
    const { rows: held } = await store.pool.query<{ ref: string | null }>(
      'SELECT DISTINCT customer_ref AS ref FROM reservations WHERE customer_id = $1', [id]);
    const { rows: known } = await store.pool.query<{ ref: string }>('SELECT ref FROM customers WHERE external_id = $1', [id]);
    return { held: held.map(({ ref }) => ref), known: known.map(({ ref }) => ref) };
  };

  it(`gets one ref, whoever makes his first holds at once through two processes, ${ROUNDS} times`, async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const id = `first-${round}`;
      const makers = [admin, customer(id), vendorOf('BCN-001'), service, admin, customer(id)];
      const told = await Promise.all(makers.map((by, nth) => outcomeOf(pair[nth % 2 === 0 ? 0 : 1], hold(row, 1, { customerId: id }, { by }))));
      expect(told.map(({ code }) => code ?? 'ok')).to.deep.equal(makers.map(() => 'ok'));
      const { held, known } = await refsOf(id);
      expect(known).to.have.length(1);
      expect(held).to.deep.equal(known);
    }
  });

  it('whose row has gone, although a process remembers it, gets another ref, and not the one that has gone', async () => {
    const reserve = () => outcomeOf(pair[0], hold(row, 1, { customerId: 'gone' }));
    expect((await reserve()).code).to.equal(undefined);
    const { known: [before] } = await refsOf('gone');
    await store.pool.query("DELETE FROM customers WHERE external_id = 'gone'");
    expect((await reserve()).code).to.equal(undefined);
    const { held, known } = await refsOf('gone');
    expect(known).to.have.length(1).and.not.include(before);
    expect(held).to.have.members([before, ...known]);
  });

  it('of whom nothing was written has no row, and one is made when there is something to write', async () => {
    const reserve = (storeId: string) => outcomeOf(pair[0], hold({ ...row, storeId }, 1, { customerId: 'unlucky' }));
    expect((await reserve('VAL-001')).code).to.equal('insufficient_stock');
    expect((await refsOf('unlucky')).known).to.deep.equal([]);
    expect((await reserve(row.storeId)).code).to.equal(undefined);
    expect((await refsOf('unlucky')).known).to.have.length(1);
  });

  it('keeps his ref in what becomes of a hold', async () => {
    const { reservation_id: id = '' } = await outcomeOf(pair[0], hold(row, 1, { customerId: 'keeps' }));
    const settled = await pair[1].submit(change(id, { type: 'cancel' }));
    const results = settled.kind === 'decided' && settled.outcome.ok ? settled.outcome.results : [];
    expect(results.map(({ reservation }) => reservation?.customerRef)).to.deep.equal((await refsOf('keeps')).known);
  });

  it('delays no other while his lock is held elsewhere, and a hold that others make for him waits, too', async () => {
    const client = await store.pool.connect();
    await client.query('BEGIN');
    await client.query('SELECT pg_advisory_xact_lock($1)', [customerLock('locked').toString()]);
    const told = await Promise.all(['locked', 'free', 'locked'].map((id, nth) =>
      outcomeOf(pair[0], hold(row, 1, { customerId: id }, { by: nth === 2 ? customer(id) : admin }))));
    await client.query('ROLLBACK');
    client.release();
    expect(told.map(({ code }) => code ?? 'ok')).to.deep.equal(['lock_timeout', 'ok', 'lock_timeout']);
  });

  it('whose lock others share makes nobody wait who reserves for him', async () => {
    const client = await store.pool.connect();
    await client.query('BEGIN');
    await client.query('SELECT pg_advisory_xact_lock_shared($1)', [customerLock('shared').toString()]);
    const { code } = await outcomeOf(pair[0], hold(row, 1, { customerId: 'shared' }, { by: vendorOf('BCN-001') }));
    await client.query('ROLLBACK');
    client.release();
    expect(code).to.equal(undefined);
  });

  it('gets the stored answer to a repeat while his lock is held elsewhere', async () => {
    const asked = () => hold(row, 1, { customerId: 'again' }, { by: customer('again'), key: 'again', body: 'b' });
    const first = await outcomeOf(pair[0], asked());
    const client = await store.pool.connect();
    await client.query('BEGIN');
    await client.query('SELECT pg_advisory_xact_lock($1)', [customerLock('again').toString()]);
    const told = await Promise.all([outcomeOf(pair[0], hold(row, 1, { customerId: 'free' })), outcomeOf(pair[0], asked())]);
    await client.query('ROLLBACK');
    client.release();
    expect(told[1]).to.deep.equal(first);
  });

  describe('of whom an older release has made a hold', () => {
    /** A process that writes refs, beside one that still writes ids. */
    let newer: Committer;
    before(() => {
      newer = createCommitter({
        url: asLogin(store.url, 'api'), applicationName: 'commit-test', lanes: 1, newId: v7, log: captureLog().log,
        metrics: createMetrics({ process: 'test', instance: 'test' }), formats: { allowed: () => newestVersions() },
        limits: { ...DEFAULT_LIMITS, customer: { units: 100, reservations: 3 } },
      });
    });
    after(() => newer.stop());

    /** A hold as the release before this one wrote it. */
    const heldBefore = async (id: string): Promise<string> => {
      const { reservation_id: made = '' } = await outcomeOf(pair[0], hold(row, 1, { customerId: id }, { by: customer(id) }));
      await store.pool.query('UPDATE reservations SET customer_ref = NULL WHERE id = $1', [made]);
      await store.pool.query('DELETE FROM customers WHERE external_id = $1', [id]);
      return made;
    };

    it('acts on it as before, and gets his ref by that; for others it does not exist', async () => {
      const made = await heldBefore('of-before');
      const cancel = (by: Actor) => outcomeOf(newer, change(made, { type: 'cancel' }, { by }));
      expect((await cancel(customer('somebody-else'))).code).to.equal('not_found');
      expect(await cancel(customer('of-before'))).to.include({ status: 'CANCELLED' });
      const ref = await refOf(store.pool, 'of-before');
      const { rows: [event] } = await store.pool.query<{ version: number; ref: string; actor: string }>(`
        SELECT schema_version AS version, payload ->> 'customer_ref' AS ref, metadata -> 'actor' ->> 'id' AS actor FROM events
        WHERE aggregate_id = $1 AND event_type = 'reservation.cancelled'`, [made]);
      expect(event).to.deep.equal({ version: 2, ref, actor: ref });
    });

    it('buys what he holds, alone and as a cart, although he gets his ref only by that', async () => {
      const confirm = (by: string, ids: readonly string[]) => outcomeOf(newer, commandOf(
        ids.map((reservationId) => ({ kind: 'reservation', reservationId, change: { type: 'confirm', quantity: undefined } })), { by: customer(by) }));
      expect(await confirm('buys', [await heldBefore('buys')])).to.include({ status: 'CONFIRMED' });
      const cart = [await heldBefore('buys-a-cart'), await heldBefore('buys-a-cart')];
      expect(await confirm('buys-a-cart', cart)).to.include({ status: 'CONFIRMED' });
    });

    it('may hold no more than his limit, with what he holds under his id and under his ref together', async () => {
      await heldBefore('limited');
      const reserve = (by: Committer) => outcomeOf(by, hold(row, 1, { customerId: 'limited' }, { by: customer('limited') }));
      const told = [await reserve(newer), await reserve(pair[0]), await reserve(newer)];
      expect(told.map(({ code }) => code ?? 'ok')).to.deep.equal(['ok', 'ok', 'hold_limit_exceeded']);
    });

    it('gets the answer that the older one has stored under his key', async () => {
      const asked = () => hold(row, 1, { customerId: 'repeats' }, { by: customer('repeats'), key: 'k-1', body: 'b' });
      const first = await outcomeOf(pair[0], asked());
      expect(await outcomeOf(newer, asked())).to.deep.equal(first);
    });
  });
});
