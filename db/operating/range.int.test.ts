import { expect } from 'chai';
import type pg from 'pg';
import type { Database } from '../pool.ts';
import { createDatabase } from '../pool.ts';
import type { TestDatabase } from '../testing/database.ts';
import { adminUrlFromEnvironment, createTestDatabase, createTestPool } from '../testing/database.ts';
import { positionsOf } from './range.ts';

const at = (second: number): string => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();

describe('the range of a replay between two times', () => {
  let database: TestDatabase;
  let pool: pg.Pool;
  let db: Database;
  before(async () => {
    database = await createTestDatabase(adminUrlFromEnvironment());
    pool = createTestPool(database.url);
    db = createDatabase(pool);
  });
  after(async () => {
    await db.destroy();
    await database.drop();
  });

  it('holds all of its events, also where their times are some seconds out of the order of the log', async () => {
    expect(await positionsOf(db, { kind: 'ago', seconds: 60 }, undefined), 'of an empty log').to.include({ first: Number.MAX_SAFE_INTEGER });
    await pool.query(`INSERT INTO events (id, event_type, store_id, aggregate_id, payload, stream_id, timestamp)
      SELECT gen_random_uuid(), 'x', 'MAD-001', gen_random_uuid(), '{}', gen_random_uuid(), $1::timestamptz + make_interval(secs => nth / 4 + 7 * (nth % 3 - 1))
      FROM generate_series(1, 800) nth`, [at(0)]);
    const seconds = [-60, -8, 0, 5, 20, 33, 99, 100, 150, 199, 206, 300];
    for (const second of seconds) {
      const { rows: [asked] } = await pool.query<{ first: string | null; behind: string | null }>(`
        SELECT min(position) FILTER (WHERE timestamp >= $1) AS first, min(position) FILTER (WHERE timestamp > $1) AS behind FROM events`, [at(second)]);
      const bound = { kind: 'time', at: at(second) } as const;
      const { first } = await positionsOf(db, bound, undefined);
      expect(first, `from second ${second}`).to.equal(Number(asked?.first ?? Number.MAX_SAFE_INTEGER));
      const { last } = await positionsOf(db, { kind: 'time', at: at(-1000) }, bound);
      expect(last, `up to second ${second}`).to.equal(Number(asked?.behind ?? Number.MAX_SAFE_INTEGER) - 1);
    }
  });
});
