import { expect } from 'chai';
import { sql } from 'kysely';
import pg from 'pg';
import { migrate } from '../migrate.ts';
import type { Database } from '../pool.ts';
import { createDatabase, createPool, inTransaction } from '../pool.ts';
import type { TestDatabase } from '../testing/database.ts';
import { adminUrlFromEnvironment, createTestDatabase } from '../testing/database.ts';
import { openClient } from './open.ts';

/** What a database, a role or a URL may have been set to, and each of which the code would stumble over. The zone needs no tzdata. */
const HOSTILE = {
  DateStyle: 'German, DMY', IntervalStyle: 'sql_standard', TimeZone: '<+0545>-5:45', bytea_output: 'escape', extra_float_digits: '-10',
  standard_conforming_strings: 'off', array_nulls: 'off', default_transaction_isolation: 'repeatable read',
  default_transaction_deferrable: 'on', synchronous_commit: 'off', session_replication_role: 'replica', exit_on_error: 'on',
  statement_timeout: '0', lock_timeout: '0', idle_in_transaction_session_timeout: '0', idle_session_timeout: '1h', client_encoding: 'LATIN1',
};
const NEEDED = {
  DateStyle: 'ISO, MDY', IntervalStyle: 'postgres', TimeZone: 'UTC', bytea_output: 'hex', extra_float_digits: '1',
  standard_conforming_strings: 'on', array_nulls: 'on', default_transaction_isolation: 'read committed',
  default_transaction_deferrable: 'off', synchronous_commit: 'on', session_replication_role: 'origin', exit_on_error: 'off',
  statement_timeout: '3s', lock_timeout: '1s', idle_in_transaction_session_timeout: '5s', idle_session_timeout: '0', client_encoding: 'UTF8',
};

describe('a session', function () {
  this.timeout(60_000);
  let database: TestDatabase;
  let admin: pg.Client;

  beforeEach(async () => {
    database = await createTestDatabase(adminUrlFromEnvironment());
    admin = new pg.Client({ connectionString: database.url });
    await admin.connect();
  });
  afterEach(async () => {
    await admin.end();
    await database.drop();
  });

  const open = (url = database.url): Database => createDatabase(createPool({
    url, applicationName: 'session-test', max: 2, maxLifetimeSeconds: 300, onIdleError: () => undefined,
  }));
  async function using<T>(db: Database, work: (db: Database) => Promise<T>): Promise<T> {
    return work(db).finally(() => db.destroy());
  }
  const setFor = async (target: string, settings: Readonly<Record<string, string>>): Promise<void> => {
    for (const [name, value] of Object.entries(settings)) await admin.query(`ALTER ${target} SET ${name} = '${value}'`);
  };
  const settingsOf = async (db: Database): Promise<unknown> => {
    const { rows: [row] } = await sql<{ settings: unknown }>`SELECT jsonb_object_agg(name, current_setting(name)) AS settings
      FROM unnest(${Object.keys(NEEDED)}::text[]) AS wanted (name)`.execute(db);
    return row?.settings;
  };
  /** Values of each kind whose writing depends on a setting. */
  const readValues = async (db: Database): Promise<unknown> => {
    const { rows: [row] } = await sql<Record<string, unknown>>`SELECT '2026-03-04T05:06:07.089Z'::timestamptz AS time,
      '\\x00ff'::bytea AS bytes, 0.1::float8 + 0.2::float8 AS float, ARRAY[1, NULL]::int[] AS numbers`.execute(db);
    return row;
  };
  const VALUES = {
    time: new Date('2026-03-04T05:06:07.089Z'), bytes: Buffer.from([0, 255]), float: 0.1 + 0.2, numbers: [1, null],
  };
  /** Why a first query fails; the empty text where it does not. */
  const refusal = (url = database.url): Promise<string> =>
    using(open(url), (db) => sql`SELECT 1`.execute(db).then(() => '', (error: unknown) => String(error)));

  it('is set as the code needs it, and reads values alike, whatever its database says', async () => {
    await setFor(`DATABASE ${database.name}`, HOSTILE);
    await using(open(), async (db) => {
      expect(await settingsOf(db)).to.deep.equal(NEEDED);
      expect(await readValues(db)).to.deep.equal(VALUES);
    });
  });

  it('is set so whatever its role says, which goes before the database', async () => {
    const role = `session_${database.name}`;
    await admin.query(`CREATE ROLE ${role} LOGIN SUPERUSER PASSWORD 'x'`);
    const url = Object.assign(new URL(database.url), { username: role, password: 'x' }).href;
    try {
      await setFor(`ROLE ${role}`, HOSTILE);
      await using(open(url), async (db) => { expect(await settingsOf(db)).to.deep.equal(NEEDED); });
    } finally {
      await admin.query(`DROP ROLE ${role}`);
    }
  });

  it('is set so whatever its URL says', async () => {
    const url = new URL(database.url);
    const { client_encoding: _, ...options } = HOSTILE;
    url.search = new URLSearchParams({
      options: Object.entries(options).map(([name, value]) => `-c ${name}=${value.replaceAll(' ', '\\ ')}`).join(' '),
      statement_timeout: '0', query_timeout: '0', application_name: 'nobody', client_encoding: 'LATIN1',
    }).toString();
    await using(open(url.href), async (db) => {
      expect(await settingsOf(db)).to.deep.equal(NEEDED);
      const { rows } = await sql`SELECT current_setting('application_name') AS name`.execute(db);
      expect(rows).to.deep.equal([{ name: 'session-test' }]);
    });
  });

  it('is set so whatever the shell says that the process was started from', async () => {
    const { client_encoding: _, ...options } = HOSTILE;
    // eslint-disable-next-line no-restricted-properties -- this is about what the shell says
    process.env['PGOPTIONS'] = Object.entries(options).map(([name, value]) => `-c ${name}=${value.replaceAll(' ', '\\ ')}`).join(' ');
    try {
      await using(open(), async (db) => { expect(await settingsOf(db)).to.deep.equal(NEEDED); });
    } finally {
      // eslint-disable-next-line no-restricted-properties -- as above
      delete process.env['PGOPTIONS'];
    }
  });

  it('begins each transaction in read committed, whatever the default has become', async () => {
    await using(open(), async (db) => {
      const { rows } = await db.connection().execute(async (connection) => {
        await sql`SET default_transaction_isolation = serializable`.execute(connection);
        return inTransaction(connection, (trx) => sql`SELECT current_setting('transaction_isolation') AS level`.execute(trx));
      });
      expect(rows).to.deep.equal([{ level: 'read committed' }]);
    });
  });

  it('leaves remote_apply to an operator who wants more than is needed', async () => {
    await setFor(`DATABASE ${database.name}`, { synchronous_commit: 'remote_apply' });
    await using(open(), async (db) => { expect(await settingsOf(db)).to.include({ synchronous_commit: 'remote_apply' }); });
  });

  it('is refused with the setting\'s name where the role has no right to what is needed', async () => {
    const role = `session_${database.name}`;
    await admin.query(`CREATE ROLE ${role} LOGIN PASSWORD 'x'`);
    await admin.query(`GRANT SELECT ON log_epoch TO ${role}`);
    const url = Object.assign(new URL(database.url), { username: role, password: 'x' }).href;
    try {
      expect(await refusal(url)).to.equal('');
      await setFor(`DATABASE ${database.name}`, { session_replication_role: 'replica' });
      expect(await refusal(url)).to.match(/setting .* is not to be had: .*session_replication_role/);
    } finally {
      await admin.query(`DROP OWNED BY ${role}`);
      await admin.query(`DROP ROLE ${role}`);
    }
  });

  it('is refused on a database whose encoding cannot hold every text, by migrate too', async () => {
    const name = `${database.name}_latin`;
    await admin.query(`CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'`);
    const url = Object.assign(new URL(database.url), { pathname: `/${name}` }).href;
    try {
      const said = await migrate({ url, direction: 'up' }).then(() => 'migrated', (error: unknown) => String(error));
      expect(said).to.match(/encoded in LATIN1 .* must be UTF8/);
      expect(await refusal(url)).to.match(/encoded in LATIN1/);
    } finally {
      await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
    }
  });

  it('is refused where role or database look into another schema, by migrate too', async () => {
    await admin.query('CREATE SCHEMA shop');
    await setFor(`DATABASE ${database.name}`, { search_path: 'shop' });
    const said = await migrate({ url: database.url, direction: 'up' }).then((done) => `migrated ${done.length}`, (error: unknown) => String(error));
    expect(said).to.match(/search_path of this role or database is shop: the tables are in the schema public/);
    expect(await refusal()).to.match(/search_path/);
  });

  it('is refused while the database takes no writes, and is well as soon as it does again', async () => {
    await using(open(), async (db) => {
      await setFor(`DATABASE ${database.name}`, { default_transaction_read_only: 'on' });
      const write = () => sql`UPDATE log_epoch SET reason = 'written'`.execute(db).then(() => 'written', (error: unknown) => String(error));
      expect(await write()).to.match(/takes no writes/);
      await admin.query(`ALTER DATABASE ${database.name} RESET default_transaction_read_only`);
      expect(await write()).to.equal('written');
    });
  });

  it('has what its opener wants beyond that, and not the rest of another one', async () => {
    const client = await openClient({ url: database.url, applicationName: 'session-test', settings: { jit: 'off', plan_cache_mode: 'force_generic_plan' } });
    try {
      const { rows } = await client.query("SELECT current_setting('jit') AS jit, current_setting('plan_cache_mode') AS mode");
      expect(rows).to.deep.equal([{ jit: 'off', mode: 'force_generic_plan' }]);
    } finally {
      await client.end();
    }
  });
});
