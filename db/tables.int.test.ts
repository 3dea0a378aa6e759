import { expect } from 'chai';
import { sql } from 'kysely';
import type { Database } from './pool.ts';
import { createDatabase } from './pool.ts';
import { tables } from './tables.ts';
import type { TestDatabase } from './testing/database.ts';
import { adminUrlFromEnvironment, createTestDatabase, createTestPool } from './testing/database.ts';

describe('the tables that Kysely takes its types from', () => {
  let database: TestDatabase;
  let db: Database;

  before(async () => {
    database = await createTestDatabase(adminUrlFromEnvironment());
    db = createDatabase(createTestPool(database.url));
  });
  after(async () => {
    await db.destroy();
    await database.drop();
  });

  it('are those of the database: every table, every column, its type, and whether it may be left out', async () => {
    const { rows } = await sql<{ table: string; column: string; type: string }>`
      SELECT table_name AS table, column_name AS column, udt_name ||
        CASE WHEN is_nullable = 'YES' THEN '?' WHEN column_default IS NOT NULL THEN '=' ELSE '' END AS type
      FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT LIKE 'pgmigrations%'
      ORDER BY table_name, ordinal_position`.execute(db);
    const found = Map.groupBy(rows, ({ table }) => table);
    expect(Object.fromEntries([...found].map(([table, columns]) =>
      [table, Object.fromEntries(columns.map(({ column, type }) => [column, type]))]))).to.deep.equal(tables);
  });
});
