import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { expect } from 'chai';
import { addProduct, createTestStore, leaveOnlyTheLock } from '../testing/api.ts';
import type { TestStore } from '../testing/api.ts';
import { change, eventsOf, hold, outcomeOf, receive, testCommitter } from '../testing/committing.ts';
import type { Row, Told } from '../testing/committing.ts';

describe('a command that waited for a row decides by what the other transaction left', () => {
  let store: TestStore;
  let committer: ReturnType<typeof testCommitter>;
  let row: Row;
  before(async () => {
    store = await createTestStore();
    await leaveOnlyTheLock(store.pool);
    committer = testCommitter(store.url);
  });
  beforeEach(async () => {
    row = { productId: await addProduct(store.db), storeId: 'MAD-001' };
    await committer.submit(receive(row, 10));
  });
  after(async () => {
    await committer.stop();
    await store.close();
  });

  /** Submits while another transaction has the row locked and has run `sql`; then that one commits. */
  async function behind(sql: string, values: unknown[], submit: () => Promise<Told>, until?: () => Promise<void>): Promise<Told> {
    const client = await store.pool.connect();
    try {
      await client.query('BEGIN');
      await client.query('SELECT 1 FROM stock WHERE product_id = $1 FOR UPDATE', [row.productId]);
      await client.query(sql, values);
      const told = submit();
      await eventually(async () => {
        const { rowCount } = await store.pool.query(`
          SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`);
        expect(rowCount, 'waiting').to.equal(1);
      }, { everyMs: 5, timeoutMs: 900 });
      await until?.();
      await client.query('COMMIT');
      return await told;
    } finally {
      client.release();
    }
  }

  it('the quantities: it sees what is left', async () => {
    const told = await behind('UPDATE stock SET quantity = 3 WHERE product_id = $1', [row.productId],
      () => outcomeOf(committer, hold(row, 4)));
    expect(told).to.deep.equal({ code: 'insufficient_stock', available: 3 });
  });

  it('the reservations: it sees the state that was committed while it waited', async () => {
    const { reservation_id: id = '' } = await outcomeOf(committer, hold(row, 2));
    const told = await behind(`
      WITH cancelled AS (UPDATE reservations SET status = 'CANCELLED', closed_at = clock_timestamp() WHERE id = $1)
      UPDATE stock SET reserved = 0, version = version + 1 WHERE product_id = $2`, [id, row.productId],
    () => outcomeOf(committer, change(id, { type: 'confirm', quantity: undefined })));
    expect(told).to.deep.equal({ code: 'reservation_already_cancelled' });
  });

  it('the idempotency keys: it takes the answer that was stored while it waited', async () => {
    const told = await behind(`
      INSERT INTO idempotency_keys (principal, operation, key, fingerprint, status, headers, response)
      VALUES ('admin-1', 'test', 'k', sha256(''), 200, '{}', '{"version": 77}')`, [],
    () => outcomeOf(committer, receive(row, 1, {}, { key: 'k' })));
    expect(told).to.deep.equal({ version: 77 });
    expect(await eventsOf(store.pool, row.productId)).to.have.length(1);
  });

  it('the clock: a hold that lapsed while it waited has lapsed', async () => {
    const { reservation_id: id = '' } = await outcomeOf(committer, hold(row, 2, { ttlSeconds: 0.2 }));
    const told = await behind('SELECT 1', [],
      () => outcomeOf(committer, change(id, { type: 'confirm', quantity: undefined })),
      () => eventually(async () => {
        const { rowCount } = await store.pool.query(
          'SELECT 1 FROM reservations WHERE id = $1 AND expires_at < clock_timestamp()', [id]);
        expect(rowCount).to.equal(1);
      }, { everyMs: 5 }));
    expect(told).to.deep.equal({ code: 'reservation_expired' });
    const events = await eventsOf(store.pool, row.productId);
    expect(events.map(({ type }) => type)).to.deep.equal(['stock.updated', 'reservation.created', 'reservation.expired']);
  });
});
