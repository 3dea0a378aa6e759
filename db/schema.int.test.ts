import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { CompiledQuery } from 'kysely';
import { schemaFile, schemaText } from './generate.ts';
import type { Database } from './pool.ts';
import { createDatabase } from './pool.ts';
import { describeSchema } from './schema.ts';
import type { TestDatabase } from './testing/database.ts';
import { adminUrlFromEnvironment, createTestDatabase, createTestPool } from './testing/database.ts';

describe('the schema as text', () => {
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

  /** What the schema reads after a change, which is then taken back. */
  async function schemaAfter(...statements: readonly string[]): Promise<string> {
    const trx = await db.startTransaction().execute();
    try {
      for (const statement of statements) await trx.executeQuery(CompiledQuery.raw(statement));
      return await describeSchema(trx);
    } finally {
      await trx.rollback().execute();
    }
  }

  it('is db/schema.sql (if not: npm run generate)', async () => {
    expect(readFileSync(schemaFile, 'utf8')).to.equal(await schemaText(adminUrlFromEnvironment()));
  });

  it('runs as SQL on an empty database, and is the same schema there', async () => {
    const migrated = await describeSchema(db);
    const emptied = 'DROP SCHEMA public CASCADE; CREATE SCHEMA public';
    expect(await schemaAfter(emptied)).to.equal('');
    expect(await schemaAfter(emptied, migrated)).to.equal(migrated);
  });

  const changes: readonly (readonly [what: string, statement: string])[] = [
    ['a column', 'ALTER TABLE stock ADD COLUMN extra text'],
    ['a type', 'ALTER TABLE stores ALTER COLUMN name TYPE varchar(254)'],
    ['a default', 'ALTER TABLE stock ALTER COLUMN version SET DEFAULT 0'],
    ['nullability', 'ALTER TABLE stock ALTER COLUMN version DROP NOT NULL'],
    ['a CHECK', 'ALTER TABLE stock DROP CONSTRAINT stock_check'],
    ['a foreign key', 'ALTER TABLE stock DROP CONSTRAINT stock_store_id_fkey'],
    ['an index', 'DROP INDEX idx_stock_product'],
    ['a view', 'CREATE OR REPLACE VIEW events_unpublished AS SELECT *, NULL::text AS why FROM events'],
    ['an index\'s predicate', `DROP INDEX idx_reservations_open;
      CREATE INDEX idx_reservations_open ON reservations (stock_id, expires_at)`],
    ['a sequence\'s cache', 'ALTER SEQUENCE events_position CACHE 2'],
    ['a sequence\'s owner', 'ALTER SEQUENCE events_position OWNED BY NONE'],
    ['a storage option', 'ALTER TABLE stock RESET (fillfactor)'],
    ['a trigger', 'DROP TRIGGER events_announce ON events'],
    ['whether a trigger is on', 'ALTER TABLE events DISABLE TRIGGER events_announce'],
    ['what a group may do', 'GRANT DELETE ON stock TO inventory_api'],
    ['what a group may do with a column', 'REVOKE UPDATE (reserved) ON stock FROM inventory_api'],
    ['a function\'s body', `CREATE OR REPLACE FUNCTION events_announce() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN RETURN NULL; END $$`],
  ];
  for (const [what, statement] of changes) {
    it(`shows a change of ${what}`, async () => {
      expect(await schemaAfter(statement)).not.to.equal(await describeSchema(db));
    });
  }

  it('refuses what it does not print, rather than pass it over', async () => {
    for (const statement of [
      'CREATE TYPE unseen AS ENUM (\'a\')', 'CREATE DOMAIN unseen AS text',
      'CREATE MATERIALIZED VIEW unseen AS SELECT 1', 'CREATE POLICY unseen ON stock',
    ]) {
      const error = await schemaAfter(statement).then(() => undefined, (thrown: unknown) => thrown);
      expect(String(error), statement).to.include('does not print objects like unseen');
    }
  });
});
