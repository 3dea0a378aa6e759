import { expect } from 'chai';
import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
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
        `UPDATE events SET processed = true, event_type = 'stock.sold'`, 'UPDATE events SET position = position + 9',
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

    it('but may be marked', async () => {
      await pool.query('UPDATE events SET processed = true, published_seq = position, published_at = now()');
      const { rows: [row] } = await pool.query<{ n: number }>('SELECT count(*) AS n FROM events WHERE processed');
      expect(row).to.deep.equal({ n: 3 });
      // Marked again, or its sequence cleared, but never un-marked: it would be published twice.
      await pool.query('UPDATE events SET processed = true, published_seq = NULL');
      expect(await refusal('UPDATE events SET processed = false')).to.equal('23001');
    });

    it('with a trigger for every column but the marks', async () => {
      const { rows } = await sql<{ name: string }>`
        SELECT attname AS name FROM pg_attribute WHERE attrelid = 'events'::regclass AND attnum > 0 AND NOT attisdropped
          AND NOT attnum = ANY ((SELECT tgattr FROM pg_trigger WHERE tgname = 'events_append_only_update')::int2[])
        ORDER BY attname`.execute(db);
      expect(rows.map(({ name }) => name)).to.deep.equal(['processed', 'published_at', 'published_seq']);
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
