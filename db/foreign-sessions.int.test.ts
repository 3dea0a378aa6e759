import { expect } from 'chai';
import pg from 'pg';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { limitForeignSessions } from './foreign-sessions.ts';
import { migrate } from './migrate.ts';
import type { TestDatabase } from './testing/database.ts';
import { adminUrlFromEnvironment, createTestDatabase } from './testing/database.ts';

describe('the limit of sessions that are not ours and idle in a transaction', function () {
  this.timeout(60_000);
  let database: TestDatabase;
  let admin: pg.Client;
  beforeEach(async () => {
    // A copy of a migrated database: it has the schema, and no defaults of its own.
    database = await createTestDatabase(adminUrlFromEnvironment());
    admin = await connect(database.url);
  });
  afterEach(async () => {
    await admin.end();
    await database.drop();
  });

  async function connect(url: string): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: url });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }
  /** Migrates, or as another role does that one step of it. @returns what a session gets that begins afterwards and asks for nothing */
  async function limitAfter(url?: string): Promise<{ readonly limit: unknown; readonly said: readonly string[] }> {
    const said: string[] = [];
    const log = (line: string): void => { said.push(line); };
    if (url === undefined) {
      await migrate({ url: database.url, direction: 'up', log });
    } else {
      const role = await connect(url);
      await limitForeignSessions(role, log).finally(() => role.end());
    }
    const client = await connect(url ?? database.url);
    try {
      const { rows: [row] } = await client.query<{ limit: string }>('SELECT current_setting(\'idle_in_transaction_session_timeout\') AS limit');
      return { limit: row?.limit, said };
    } finally {
      await client.end();
    }
  }
  const setDefault = (value: string) => admin.query(`ALTER DATABASE ${database.name} SET idle_in_transaction_session_timeout = '${value}'`);
  async function asRole<T>(work: (url: string, role: string) => Promise<T>): Promise<T> {
    const role = `foreign_${database.name}`;
    await admin.query(`CREATE ROLE ${role} LOGIN PASSWORD 'x'`);
    await admin.query(`GRANT ALL ON ALL TABLES IN SCHEMA public TO ${role}`);
    await admin.query(`GRANT CREATE ON SCHEMA public TO ${role}`);
    try {
      return await work(Object.assign(new URL(database.url), { username: role, password: 'x' }).href, role);
    } finally {
      await admin.query(`DROP OWNED BY ${role}`);
      await admin.query(`DROP ROLE ${role}`);
    }
  }

  it('is a minute after each migration, in a restored or copied database too', async () => {
    expect(await limitAfter()).to.deep.equal({ limit: '1min', said: [] });
    expect(await limitAfter(), 'a second time').to.deep.equal({ limit: '1min', said: [] });
  });

  it('stays what an operator has chosen for this database, no limit at all included', async () => {
    for (const own of ['10min', '5s', '0']) {
      await setDefault(own);
      expect((await limitAfter()).limit).to.equal(own);
    }
  });

  it('stays as it is where the server has a shorter one', async () => {
    // The role's default stands for the server's, which only a private server could have: a session gets both the same way.
    await asRole(async (url, role) => {
      await admin.query(`ALTER DATABASE ${database.name} OWNER TO ${role}`);
      try {
        await admin.query(`ALTER ROLE ${role} SET idle_in_transaction_session_timeout = '20s'`);
        await limitAfter(url);
        const { rows } = await admin.query('SELECT FROM pg_db_role_setting WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = $1)', [database.name]);
        expect(rows).to.have.length(0);
      } finally {
        await admin.query(`ALTER DATABASE ${database.name} OWNER TO CURRENT_USER`);
      }
    });
  });

  it('is left to the owner where the role that migrates has no right to set it, and the owner is told what to type', async () => {
    await asRole(async (url) => {
      const { limit, said } = await limitAfter(url);
      expect(limit).to.equal('0');
      expect(said.join('\n')).to.match(/publishing waits for it.*As the owner of the database, type: ALTER DATABASE/);
      const [statement = ''] = /ALTER DATABASE .*$/m.exec(said.join('\n')) ?? [];
      await admin.query(statement);
      expect(await limitAfter(url)).to.deep.equal({ limit: '1min', said: [] });
    });
  });

  it('ends a session that keeps a row of events open', async () => {
    await limitAfter();
    await setDefault('200ms');
    const foreign = await connect(database.url);
    await foreign.query('BEGIN');
    await foreign.query(`INSERT INTO events (id, event_type, store_id, aggregate_id, payload, stream_id)
      VALUES (gen_random_uuid(), 'reservation.rejected', 'MAD-001', gen_random_uuid(), '{}', gen_random_uuid())`);
    await eventually(async () => {
      const { rows } = await admin.query(`SELECT FROM pg_locks WHERE locktype = 'advisory' AND classid::bigint >> 16 = 7
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`);
      expect(rows).to.have.length(0);
    });
    await foreign.end();
  });
});
