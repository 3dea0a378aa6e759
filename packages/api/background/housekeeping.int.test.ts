import { expect } from 'chai';
import { forgetOld } from './housekeeping.ts';
import { createTestStore } from '../testing/api.ts';
import type { TestStore } from '../testing/api.ts';

describe('housekeeping', () => {
  let store: TestStore;
  before(async () => { store = await createTestStore(); });
  after(() => store.close());

  const keep = (prefix: string, count: number, age: string) => store.pool.query(`
    INSERT INTO idempotency_keys (principal, operation, key, fingerprint, status, headers, response, created_at)
    SELECT 'somebody', 'test', $1 || n, '', 200, '{}', '', clock_timestamp() - $3::interval
    FROM generate_series(1, $2) AS n`, [prefix, count, age]);
  const kept = async (): Promise<Record<string, number>> => {
    const { rows } = await store.pool.query<{ prefix: string; count: number }>(`
      SELECT rtrim(key, '0123456789') AS prefix, count(*)::int AS count FROM idempotency_keys GROUP BY 1`);
    return Object.fromEntries(rows.map(({ prefix, count }) => [prefix, count]));
  };

  it('deletes idempotency keys after a day, a thousand at a time, and leaves locked ones alone', async () => {
    await keep('old-', 2500, '24 hours 1 second');
    await keep('young-', 10, '23 hours 59 minutes');
    const holder = await store.pool.connect();
    try {
      await holder.query('BEGIN');
      await holder.query(`SELECT 1 FROM idempotency_keys WHERE key = 'old-1' FOR UPDATE`);
      expect([await forgetOld(store.db), await forgetOld(store.db), await forgetOld(store.db)])
        .to.deep.equal(['more', 'more', 'idle']);
      expect(await kept()).to.deep.equal({ 'old-': 1, 'young-': 10 });
    } finally {
      await holder.query('ROLLBACK');
      holder.release();
    }
    await forgetOld(store.db);
    expect(await kept()).to.deep.equal({ 'young-': 10 });
  });

  it('deletes a revoked jti when no token can have it any more, and a revoked user never', async () => {
    await store.pool.query(`
      INSERT INTO revoked_tokens (kind, value, revoked_at)
      SELECT kind, age, clock_timestamp() - age::interval
      FROM unnest(ARRAY['jti', 'sub']) AS kind, unnest(ARRAY['32 days', '30 days']) AS age`);
    await forgetOld(store.db);
    const { rows } = await store.pool.query<{ kind: string; value: string }>(
      'SELECT kind, value FROM revoked_tokens ORDER BY kind, value');
    expect(rows.map(({ kind, value }) => `${kind} ${value}`)).to.deep.equal(['jti 30 days', 'sub 30 days', 'sub 32 days']);
  });
});
