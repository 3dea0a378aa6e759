import { openClient } from '@inventory/db/session/open.ts';
import { PATIENT } from '@inventory/db/testing/database.ts';
import { DEFAULT_LIMITS } from '@inventory/domain/limits.ts';
import { expect } from 'chai';
import type pg from 'pg';
import { v7 } from 'uuid';
import { addProduct, createTestStore } from '../testing/api.ts';
import type { TestStore } from '../testing/api.ts';
import { commandOf, read, receive, stockOf, testCommitter } from '../testing/committing.ts';
import type { Row } from '../testing/committing.ts';
import type { Command } from './command.ts';
import { LANE_SETTINGS } from './lane.ts';
import { attempt } from './transaction.ts';
import { FIRST_VERSIONS } from './write.ts';

/** Holds of each row of the shelf: one more than a count may end. */
const HOLDS = 501;
/** So many such rows have more holds than one batch reads. */
const SHELF = 10;

describe('counts that fall short, in one batch', function () {
  this.timeout(60_000);
  let store: TestStore;
  let lane: pg.Client;
  let shelf: readonly Row[];
  before(async () => {
    store = await createTestStore();
    lane = await openClient(
      { url: store.url, applicationName: 'shelf-short-test', settings: LANE_SETTINGS, limits: PATIENT }, { pipeline: true, queryTimeoutMs: 60_000 });
    shelf = await rowsWith(SHELF, HOLDS);
  });
  after(async () => {
    await lane.end();
    await store.close();
  });

  /** Rows of which all units are held by holds of one unit; the log does not know these holds. */
  const rowsWith = async (rows: number, holds: number, expires = "interval '1 hour'"): Promise<readonly Row[]> => {
    const made = await Promise.all(Array.from({ length: rows }, async (): Promise<Row> => ({ productId: await addProduct(store.db), storeId: 'MAD-001' })));
    const committer = testCommitter(store.url);
    await Promise.all(made.map((row) => committer.submit(receive(row, holds))));
    await committer.stop();
    const ids = made.map(({ productId }) => productId);
    await store.pool.query(`
      INSERT INTO reservations (id, stock_id, product_id, store_id, customer_id, quantity, status, expires_at, created_by)
      SELECT gen_random_uuid(), id, product_id, store_id, 'cust-1', 1, 'PENDING', now() + ${expires}, 'test'
      FROM stock CROSS JOIN generate_series(1, $2::int) WHERE product_id = ANY ($1::uuid[])`, [ids, holds]);
    await store.pool.query('UPDATE stock SET reserved = reserved + $2 WHERE product_id = ANY ($1::uuid[])', [ids, holds]);
    return made;
  };
  const count = (rows: readonly Row[], quantity: number, onShortfall: 'REFUSE' | 'RELEASE', key = v7()): Command => ({
    ...commandOf(rows.map((row) => ({
      kind: 'stock', ...row,
      change: {
        type: 'count_stock', quantity, expectedVersion: undefined, expectedQuantity: undefined, mustExist: false, onShortfall,
        reference: null, note: null, occurredAt: null,
      },
    })), { key }),
    ...(rows.length > 1 ? { list: 'items' } : {}),
  });
  const settle = async (...commands: readonly Command[]) =>
    (await attempt({ client: lane, newId: v7, limits: DEFAULT_LIMITS, formats: FIRST_VERSIONS }, commands, { skipLocked: false }))
      .map((one) => (one === 'locked' ? one : read(one).code ?? 'done'));
  const storedUnder = async (key: string) =>
    (await store.pool.query<{ stored: number }>('SELECT count(*)::int AS stored FROM idempotency_keys WHERE key = $1', [key])).rows[0]?.stored;

  it('leave each other the holds that they may end: a shelf does not starve a count of one product', async () => {
    for (const what of ['REFUSE', 'RELEASE'] as const) {
      const [row = { productId: '', storeId: '' }] = await rowsWith(1, 3);
      const [, told] = await settle(count(shelf, 0, what), count([row], 2, 'RELEASE'));
      expect(told, what).to.equal('done');
      expect(await stockOf(store.pool, row), what).to.deep.include({ quantity: 2, reserved: 2 });
    }
  });

  it('are asked again where others have used up what one batch reads, and nothing is stored against them', async () => {
    const keys = [v7(), v7()] as const;
    const [first, second] = [shelf.slice(0, SHELF - 1), await rowsWith(SHELF, HOLDS)];
    expect(await settle(count(first, 1, 'RELEASE', keys[0]), count(second, 1, 'RELEASE', keys[1]))).to.deep.equal(['done', 'locked']);
    expect(await Promise.all(keys.map(storedUnder))).to.deep.equal([1, 0]);
    expect(await settle(count(second.slice(1), 1, 'RELEASE', keys[1])), 'alone').to.deep.equal(['done']);
  });

  it('look for holds among those that have not lapsed', async () => {
    const [row = { productId: '', storeId: '' }] = await rowsWith(1, 3);
    await store.pool.query(`
      INSERT INTO reservations (id, stock_id, product_id, store_id, customer_id, quantity, status, expires_at, created_at, created_by)
      SELECT ('ffffffff-ffff-7fff-8fff-' || lpad(n::text, 12, '0'))::uuid, id, product_id, store_id, 'cust-1', 1, 'PENDING', now() - interval '1 second', now() - interval '1 hour', 'test'
      FROM stock CROSS JOIN generate_series(1, $2::int) n WHERE product_id = $1`, [row.productId, HOLDS]);
    await store.pool.query('UPDATE stock SET quantity = quantity + $2, reserved = reserved + $2 WHERE product_id = $1', [row.productId, HOLDS]);
    expect(await settle(count([row], 2, 'RELEASE'))).to.deep.equal(['done']);
    expect(await stockOf(store.pool, row)).to.deep.include({ quantity: 2, reserved: 2 });
  });
});
