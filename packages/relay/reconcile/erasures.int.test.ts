import { randomUUID } from 'node:crypto';
import { createDatabase } from '@inventory/db/pool.ts';
import type { Database } from '@inventory/db/pool.ts';
import { adminUrlFromEnvironment, asLogin, createTestDatabase, createTestPool } from '@inventory/db/testing/database.ts';
import type { TestDatabase } from '@inventory/db/testing/database.ts';
import { addStockRows } from '@inventory/testkit/log/fixture.ts';
import { expect } from 'chai';
import type pg from 'pg';
import { applyErasures } from './erasures.ts';
import type { ToldErasure } from './erasures.ts';

describe('a customer who is forgotten again after a restore', () => {
  let database: TestDatabase;
  let pool: pg.Pool;
  /** By the login of a relay. */
  let db: Database;
  let stockId: string;
  beforeEach(async () => {
    database = await createTestDatabase(adminUrlFromEnvironment());
    pool = createTestPool(database.url, 2);
    db = createDatabase(createTestPool(asLogin(database.url, 'relay'), 1));
    [stockId = ''] = await addStockRows(pool, { rows: 1 });
  });
  afterEach(async () => {
    await Promise.all([db.destroy(), pool.end()]);
    await database.drop();
  });

  /** As the backup has him: with two holds, and the answers that he got for them. */
  const restored = async (id: string): Promise<string> => {
    const ref = randomUUID();
    await pool.query('INSERT INTO customers (ref, external_id) VALUES ($1, $2)', [ref, id]);
    await pool.query(`INSERT INTO reservations (id, stock_id, product_id, store_id, customer_ref, created_by, quantity, status, expires_at, closed_at, reference)
      SELECT gen_random_uuid(), s.id, s.product_id, s.store_id, $1::uuid, $1::text, 1, 'CANCELLED', clock_timestamp(), clock_timestamp(), 'order for ' || n
      FROM stock s, generate_series(1, 2) n WHERE s.id = $2`, [ref, stockId]);
    for (const key of ['1', '2']) await answer(`~${id}`, key, { customer_id: ref });
    await answer(`~${id}`, '3', { code: 'insufficient_stock' });
    await answer('~shop', ref, { customer_id: ref });
    return ref;
  };
  const answer = (principal: string, key: string, body: object) => pool.query(`
    INSERT INTO idempotency_keys (principal, operation, key, fingerprint, status, headers, response) VALUES ($1, 'createReservation', $2, '', 201, '{}', $3)`,
  [principal, key, Buffer.from(JSON.stringify(body))]);
  const told = (customer_ref: string, references_removed: number | null): ToldErasure => ({
    erasure_id: randomUUID(), customer_ref, erased_at: new Date().toISOString(), erased_by: 'admin-1', holds_released: 1, references_removed,
  });
  const referencesOf = async (ref: string) => (await pool.query('SELECT FROM reservations WHERE customer_ref = $1 AND reference IS NOT NULL', [ref])).rows.length;
  const removed = async (ref: string) =>
    (await pool.query<{ n: number }>('SELECT references_removed AS n FROM erasures WHERE customer_ref = $1', [ref])).rows[0]?.n;

  it('has lost all of his references, unless it is known that none was removed', async () => {
    const [some, none, unknown, stays] = [await restored('some'), await restored('none'), await restored('unknown'), await restored('stays')];
    const erasures = [told(some, 1), told(none, 0), told(unknown, null), told(randomUUID(), 3)];
    // The stream tells of one of whom the file says more.
    expect(await applyErasures(db, [...erasures, ...erasures.slice(1, 2).map((each) => ({ ...each, references_removed: null }))])).to.equal(3);
    expect(await Promise.all([some, none, unknown, stays].map(referencesOf))).to.deep.equal([0, 2, 0, 2]);
    expect(await Promise.all([some, none, unknown, stays].map(removed))).to.deep.equal([1, 0, 2, undefined]);
    expect(await applyErasures(db, erasures), 'again').to.equal(0);
    expect(await removed(unknown)).to.equal(2);
  });

  it('leaves no answer to whoever comes by the same id, and those of shops and of other customers stay', async () => {
    const gone = await restored('gone');
    await restored('stays');
    await applyErasures(db, [told(gone, 0)]);
    const { rows } = await pool.query<{ principal: string; count: number }>('SELECT principal, count(*)::int FROM idempotency_keys GROUP BY 1 ORDER BY 1');
    expect(rows).to.deep.equal([{ principal: '~shop', count: 2 }, { principal: '~stays', count: 3 }]);
  });
});
