import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import type pg from 'pg';
import { addStockRows, appendStockEvents } from '@inventory/testkit/log/fixture.ts';
import { missingPrograms, requireProgram } from '@inventory/testkit/processes/programs.ts';
import { createDatabase } from '@inventory/db/pool.ts';
import { describeSchema } from '@inventory/db/schema.ts';
import type { TestDatabase } from '@inventory/db/testing/database.ts';
import { adminUrlFromEnvironment, asLogin, createTestDatabase, createTestPool } from '@inventory/db/testing/database.ts';
import { commandsOf, type } from '../repository/runbooks.ts';

const run = promisify(execFile);
const missing = missingPrograms({ pg_dump: 'postgresql-client', pg_restore: 'postgresql-client', psql: 'postgresql-client' });
const skipped = missing === '' ? '' : ` (skipped: ${missing})`;

(missing === '' ? describe : describe.skip)(`a dump${skipped}`, function () {
  this.timeout(120_000);
  let folder: string;
  let source: TestDatabase;
  let target: TestDatabase;
  let dump: string;
  let data: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dump-'));
    [dump, data] = [join(folder, 'all.dump'), join(folder, 'data.dump')];
    source = await createTestDatabase(adminUrlFromEnvironment());
    await withPool(source, async (pool) => {
      const stockIds = await addStockRows(pool, { rows: 20 });
      await appendStockEvents(pool, { stockIds, each: 5 });
      await pool.query(`INSERT INTO relay_parked (event_id, stream_id, position, reason) SELECT id, stream_id, position, 'test' FROM events LIMIT 3`);
      await pool.query("UPDATE relay_parked SET state = 'released' WHERE event_id = (SELECT event_id FROM relay_parked LIMIT 1)");
      await pool.query("INSERT INTO revoked_tokens (kind, value) VALUES ('sub', 'somebody')");
    });
    await tool('pg_dump', ['--format=custom', `--file=${dump}`, source.url]);
    // In the order of the foreign keys, which a dump of everything need not keep.
    await tool('pg_dump', ['--format=custom', '--data-only', `--file=${data}`, source.url]);
  });
  beforeEach(async () => { target = await createTestDatabase(adminUrlFromEnvironment()); });
  afterEach(() => target.drop());
  after(async () => {
    await source.drop();
    await rm(folder, { recursive: true });
  });

  async function tool(name: string, args: readonly string[]): Promise<void> {
    const { path, env } = requireProgram(name);
    await run(path, [...args], { env });
  }
  async function withPool<T>({ url }: Pick<TestDatabase, 'url'>, work: (pool: pg.Pool) => Promise<T>): Promise<T> {
    const pool = createTestPool(url);
    return work(pool).finally(() => pool.end());
  }
  /** Every row of every table, and where the log goes on. */
  const contentOf = (database: TestDatabase) => withPool(database, async (pool) => {
    const { rows: tables } = await pool.query<{ name: string }>('SELECT tablename AS name FROM pg_tables WHERE schemaname = \'public\' ORDER BY 1');
    const content: Record<string, { readonly rows: number; readonly digest: string }> = {};
    for (const { name } of tables) {
      const { rows: [row] } = await pool.query<{ rows: number; digest: string }>(`SELECT count(*)::int AS rows, md5(coalesce(string_agg(t::text, E'\\n' ORDER BY t::text), '')) AS digest FROM ${name} t`);
      if (row !== undefined) content[name] = row;
    }
    const { rows: [sequence] } = await pool.query('SELECT last_value, is_called FROM events_position');
    return { tables: content, sequence };
  });
  /** The tables with rows, in their order. */
  const filled = async (database: TestDatabase): Promise<readonly string[]> => {
    const { tables } = await contentOf(database);
    return Object.entries(tables).filter(([, row]) => row.rows > 0).map(([name]) => name);
  };
  const empty = (database: TestDatabase) => withPool(database, async (pool) => {
    await pool.query('DROP SCHEMA public CASCADE');
    await pool.query('CREATE SCHEMA public');
  });
  const restore = (file: string, ...args: readonly string[]) =>
    tool('pg_restore', ['--no-owner', '--exit-on-error', ...args, `--dbname=${target.url}`, file]);

  it('restores into an empty database', async () => {
    await empty(target);
    await restore(dump);
    expect(await contentOf(target)).to.deep.equal(await contentOf(source));
  });

  it('restores in two steps: the schema, then the data', async () => {
    await empty(target);
    await restore(dump, '--schema-only');
    await restore(data, '--data-only');
    expect(await contentOf(target)).to.deep.equal(await contentOf(source));
  });

  it('restores its data into a database that was migrated, by what run.md says to type as the owner of the database', async () => {
    const typed = async ({ url }: TestDatabase, command: string): Promise<void> => {
      const { code, stdout, stderr } = await type(command, { DATABASE_URL: asLogin(url, 'owner'), BACKUP: data });
      expect(code, `${command}\n${stdout}${stderr}`).to.equal(0);
    };
    const [dumping = '', ...restoring] = commandsOf('run.md', 'The data alone');
    await typed(source, dumping);
    expect(restoring).to.have.length(2);
    const [, emptied = ''] = /TRUNCATE ([\w, ]+)/.exec(restoring.join('\n')) ?? [];
    expect(emptied.split(', ').toSorted(), 'what migrations fill').to.deep.equal(await filled(target));
    for (const command of restoring) await typed(target, command);
    expect(await contentOf(target)).to.deep.equal(await contentOf(source));
    await withPool(target, async (pool) => {
      expect(await describeSchema(createDatabase(pool))).to.equal(await withPool(source, (own) => describeSchema(createDatabase(own))));
      // The log goes on behind what was restored.
      const { rows: [before] } = await pool.query<{ newest: string }>('SELECT max(position) AS newest FROM events');
      const { rows: stock } = await pool.query<{ id: string }>('SELECT id FROM stock LIMIT 1');
      await appendStockEvents(pool, { stockIds: stock.map(({ id }) => id) });
      const { rows: [after] } = await pool.query<{ newest: string }>('SELECT max(position) AS newest FROM events');
      expect(Number(after?.newest)).to.be.above(Number(before?.newest));
    });
  });

  it('is of a schema whose functions find their names whatever the search_path of the caller is', async () => {
    await withPool(target, async (pool) => {
      const { rows } = await pool.query(`SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
        AND NOT EXISTS (SELECT FROM unnest(proconfig) AS setting WHERE setting LIKE 'search\\_path=%')`);
      expect(rows).to.deep.equal([]);
      const client = await pool.connect();
      try {
        for (const path of ['', 'pg_temp', 'nowhere', 'information_schema, pg_catalog']) {
          await client.query('SELECT set_config(\'search_path\', $1, false)', [path]);
          await client.query(`INSERT INTO public.events (id, event_type, store_id, aggregate_id, payload, stream_id)
            VALUES (gen_random_uuid(), 'reservation.rejected', 'MAD-001', gen_random_uuid(), '{}', gen_random_uuid())`);
          await client.query("INSERT INTO public.revoked_tokens (kind, value) VALUES ('jti', $1)", [`path ${path}`]);
        }
        const said = await client.query('DELETE FROM public.events').then(() => 'deleted', (error: unknown) => String(error));
        expect(said).to.match(/the event log is append-only/);
      } finally {
        client.release(true);
      }
    });
  });
});
