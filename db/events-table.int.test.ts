import { expect } from 'chai';
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type { Database } from './pool.ts';
import { createDatabase } from './pool.ts';
import type { TestDatabase } from './testing/database.ts';
import { adminUrlFromEnvironment, createTestDatabase, createTestPool } from './testing/database.ts';

describe('the table of events', () => {
  let database: TestDatabase;
  let pool: pg.Pool;
  let db: Database;

  beforeEach(async () => {
    database = await createTestDatabase(adminUrlFromEnvironment());
    pool = createTestPool(database.url);
    db = createDatabase(pool);
  });
  afterEach(async () => {
    await db.destroy();
    await database.drop();
  });

  /** The SQLSTATE of a statement that must fail. */
  const refusal = (statement: string, values: readonly unknown[] = []): Promise<unknown> =>
    pool.query(statement, [...values]).then(() => 'it was done', (error: unknown) =>
      (error instanceof pg.DatabaseError ? error.code : error));

  describe('is append-only', () => {
    beforeEach(() => pool.query(`INSERT INTO events (id, event_type, store_id, aggregate_id, payload, stream_id)
      SELECT gen_random_uuid(), 'x', 'MAD-001', gen_random_uuid(), '{}', gen_random_uuid()
      FROM generate_series(1, 3)`));

    it('against DELETE, TRUNCATE and changes of what was said', async () => {
      for (const statement of [
        'DELETE FROM events', 'DELETE FROM events WHERE false', 'TRUNCATE events CASCADE',
        `UPDATE events SET payload = '{"quantity": 7}'`, 'UPDATE events SET payload = payload',
        `UPDATE events SET event_type = 'stock.sold'`, 'UPDATE events SET id = id WHERE false', 'UPDATE events SET position = position + 9',
        'UPDATE events SET timestamp = now()', 'UPDATE events SET stream_version = 9',
        `UPDATE events SET metadata = '{}'`,
        'UPDATE events SET id = gen_random_uuid()', `UPDATE events SET store_id = 'BCN-001'`,
        'UPDATE events SET stream_id = gen_random_uuid()', 'UPDATE events SET aggregate_id = gen_random_uuid()',
        'UPDATE events SET schema_version = 2',
        `INSERT INTO events SELECT * FROM events LIMIT 1 ON CONFLICT (id) DO UPDATE SET payload = '{}'`,
        `MERGE INTO events e USING (SELECT 1) s ON true WHEN MATCHED THEN DELETE`,
      ]) {
        expect(await refusal(statement), statement).to.equal('23001');
      }
    });

    it('and says in SQL what was published, for people', async () => {
      const published = async () => (await pool.query<{ processed: boolean; sequence: number | null }>(
        'SELECT e.processed, e.published_seq::float8 AS sequence FROM events e ORDER BY e.position')).rows;
      const none = { processed: false, sequence: null };
      expect(await published()).to.deep.equal([none, none, none]);
      await pool.query(`
        INSERT INTO relay_stream (name, created, epoch) VALUES ('INVENTORY', 'now', 1);
        INSERT INTO published_runs (stream, first_position, last_position, first_sequence, count, term) VALUES ('now', 2, 3, 7, 2, 1);
        INSERT INTO relay_left_behind (position, stream_id, why) SELECT position, stream_id, 'parked' FROM events WHERE position = 1`);
      expect(await published()).to.deep.equal([none, { processed: true, sequence: 7 }, { processed: true, sequence: 8 }]);
      const { rows } = await pool.query('SELECT position::int, why FROM events_unpublished');
      expect(rows).to.deep.equal([{ position: 1, why: 'parked' }]);
    });
  });

  it('takes no event that a message could not carry', async () => {
    const statement = `INSERT INTO events (id, event_type, store_id, aggregate_id, payload, stream_id)
      VALUES (gen_random_uuid(), 'x', 'MAD-001', gen_random_uuid(), to_jsonb(repeat('x', $1)), gen_random_uuid())`;
    // Two quotes around the text, and the two bytes of an empty metadata.
    await pool.query(statement, [262_144 - 4]);
    expect(await refusal(statement, [262_144 - 3])).to.equal('23514');
  });

  it('takes no store id that could leave its place in a subject', async () => {
    const hostile = ['MAD.001', 'MAD 001', '*', '>', 'MAD-001\n', 'MAD-００１', '', 'AB', 'MAD-001\r\nPUB x 0', 'MÁD-001'];
    for (const id of hostile) {
      for (const [table, statement] of [
        ['events', `INSERT INTO events (id, event_type, store_id, aggregate_id, payload, stream_id)
          VALUES (gen_random_uuid(), 'x', $1, gen_random_uuid(), '{}', gen_random_uuid())`],
        ['stores', `INSERT INTO stores (id, uid, name) VALUES ($1, gen_random_uuid(), 'x')`],
      ] as const) {
        expect(await refusal(statement, [id]), `${table} ${JSON.stringify(id)}`).to.equal('23514');
      }
    }
  });

  it('draws positions in the order that a set-based insert asks for', async () => {
    const stream = randomUUID();
    for (const [order, first, step] of [['ASC', 1, 1], ['DESC', 4_000, -1]] as const) {
      await pool.query(`
        INSERT INTO events (id, event_type, store_id, aggregate_id, payload, stream_id, stream_version, metadata)
        SELECT gen_random_uuid(), 'x', 'MAD-001', gen_random_uuid(), payload, $1, nth + $4, '{}'
        FROM unnest($2::jsonb[], $3::int[]) WITH ORDINALITY AS n (payload, shuffled, nth) ORDER BY nth ${order}`, [
        stream, Array.from({ length: 4_000 }, (_, i) => JSON.stringify({ i })),
        Array.from({ length: 4_000 }, (_, i) => (i * 7_919) % 4_000), order === 'ASC' ? 0 : 4_000,
      ]);
      const { rows } = await pool.query<{ nth: number }>(
        `SELECT (payload ->> 'i')::int + 1 AS nth FROM events WHERE stream_version ${order === 'ASC' ? '<=' : '>'} 4000
         ORDER BY position`);
      expect(rows.map(({ nth }) => nth)).to.deep.equal(Array.from({ length: 4_000 }, (_, i) => first + i * step));
    }
  });
});
