/** Who may do what in Postgres: each role tries everything on every table, and may no more than what stands here. */
import { expect } from 'chai';
import pg from 'pg';
import type { Login } from './roles.ts';
import { LOGINS } from './roles.ts';
import type { TestDatabase } from './testing/database.ts';
import { adminUrlFromEnvironment, asLogin, createTestDatabase, createTestPool, patientConfig } from './testing/database.ts';

type Rights = Readonly<Record<string, string>>;

const EVERYBODY: Rights = { log_epoch: 'SELECT', log_formats: 'SELECT', pgmigrations: 'SELECT', role_privileges: 'SELECT' };
const A_PROCESS: Rights = { ...EVERYBODY, process_report_history: 'DELETE, INSERT, SELECT', process_reports: 'DELETE, INSERT, SELECT, UPDATE' };

/**
 * Written by hand, not read from role_privileges: a new table must be thought about here, too. Columns in the order of the
 * alphabet; none named means all of them.
 */
const MAY: Readonly<Record<Exclude<Login, 'owner'>, Rights>> = {
  api: {
    ...A_PROCESS,
    customers: 'INSERT, SELECT, UPDATE (erased_at, external_id)',
    erasures: 'INSERT, SELECT',
    events: 'INSERT (aggregate_id, event_type, id, metadata, payload, schema_version, store_id, stream_id, stream_version, timestamp), SELECT',
    events_position: 'SELECT, USAGE',
    idempotency_keys: 'DELETE, INSERT, SELECT, UPDATE (created_at)',
    log_forks: 'SELECT',
    log_formats: 'INSERT, SELECT',
    product_codes: 'SELECT',
    products: 'INSERT, SELECT, UPDATE (archived_at, category, description, display_exponent, identifiers, name, price, sku, unit, updated_at, version)',
    operator_actions: 'INSERT, SELECT',
    events_unpublished: 'SELECT', published_runs: 'SELECT', relay_left_behind: 'SELECT', relay_stream: 'SELECT',
    relay_parked: 'SELECT, UPDATE (resolved_at, resolved_by, state)',
    replay_jobs: 'INSERT, SELECT, UPDATE (detail, state, updated_at)',
    reservations: 'INSERT, SELECT, UPDATE (closed_at, confirmed_quantity, expires_at, reference, returned_quantity, sold_as, status)',
    revoked_tokens: 'DELETE, INSERT, SELECT, UPDATE (issued_until, revoked_at)',
    revoked_tokens_changes: 'SELECT',
    stock: 'INSERT, SELECT, UPDATE (quantity, reserved, updated_at, version)',
    stores: 'INSERT, SELECT, UPDATE (country, groups, latitude, longitude, name, pickup, priority, ships, status, time_zone, updated_at, version)',
    stores_changes: 'SELECT',
    stream_tickets: 'DELETE, INSERT, SELECT, UPDATE (used_at)',
    view_jobs: 'INSERT, SELECT',
  },
  relay: {
    ...A_PROCESS,
    // To forget again, after a restore, whom the backup still knows: by their refs, and it reads no id.
    customers: 'SELECT (erased_at, ref), UPDATE (erased_at, external_id)', erasures: 'INSERT, SELECT',
    events: 'SELECT',
    events_position: 'SELECT, USAGE', events_unpublished: 'SELECT',
    log_epoch: 'SELECT, UPDATE (epoch, raised_at, reason, server)',
    log_forks: 'SELECT, UPDATE (accepted_epoch)',
    operator_actions: 'INSERT, SELECT',
    relay_leader: 'SELECT, UPDATE (backend_pid, beat_at, instance, term, took_over_at)',
    relay_parked: 'INSERT, SELECT, UPDATE (parked_at, reason, resolved_at, resolved_by, state)',
    published_runs: 'DELETE, INSERT, SELECT, UPDATE (count, last_at, last_position)',
    relay_left_behind: 'DELETE, INSERT, SELECT, UPDATE (why)',
    relay_stream: 'INSERT, SELECT, UPDATE (created, epoch, from_position, noted_at)',
    replay_jobs: 'INSERT, SELECT, UPDATE (detail, digest, published, runs, state, updated_at)',
    idempotency_keys: 'DELETE, SELECT (principal, response)', reservations: 'SELECT (customer_ref, reference), UPDATE (reference)',
  },
  projector: {
    ...A_PROCESS,
    events: 'SELECT', events_position: 'SELECT', products: 'SELECT', relay_stream: 'SELECT', stock: 'SELECT', stores: 'SELECT',
    relay_parked: 'SELECT (released_position)', published_runs: 'SELECT',
    view_jobs: 'SELECT, UPDATE (detail, instance, products, result, runs, state, total, updated_at)',
  },
  reader: {
    ...EVERYBODY,
    customer_conversions: 'SELECT', erasures: 'SELECT',
    events: 'SELECT', events_position: 'SELECT', idempotency_keys: 'SELECT (created_at, operation, principal, status)',
    log_forks: 'SELECT', operator_actions: 'SELECT', process_report_history: 'SELECT', process_reports: 'SELECT', products: 'SELECT', relay_leader: 'SELECT', relay_parked: 'SELECT', relay_stream: 'SELECT',
    replay_jobs: 'SELECT', published_runs: 'SELECT', relay_left_behind: 'SELECT', events_unpublished: 'SELECT',
    reservations: 'SELECT', stock: 'SELECT', stores: 'SELECT', view_jobs: 'SELECT',
  },
};

interface Relation { readonly name: string; readonly kind: 'table' | 'view' | 'sequence'; readonly columns: readonly string[] }

/** Statements, by the privilege that each takes; those of a table for each of its columns where the privilege is a column's. */
function attempts({ name, kind, columns }: Relation): readonly (readonly [privilege: string, column: string, statement: string])[] {
  const id = pg.escapeIdentifier(name);
  if (kind === 'sequence') {
    return [['SELECT', '', `SELECT last_value FROM ${id}`], ['USAGE', '', `SELECT nextval('${id}')`], ['UPDATE', '', `SELECT setval('${id}', 1)`]];
  }
  if (kind === 'view') {
    // Whatever else is tried with one that joins tables is refused before the right is looked for.
    return [
      ...columns.map((column): [string, string, string] => ['SELECT', column, `SELECT ${pg.escapeIdentifier(column)} FROM ${id} LIMIT 0`]),
      ['its owner', '', `DROP VIEW ${id}`],
    ];
  }
  return [
    ...columns.flatMap((column): [string, string, string][] => {
      const c = pg.escapeIdentifier(column);
      return [
        ['SELECT', column, `SELECT ${c} FROM ${id} LIMIT 0`],
        ['INSERT', column, `INSERT INTO ${id} (${c}) VALUES (DEFAULT)`],
        ['UPDATE', column, `UPDATE ${id} SET ${c} = DEFAULT WHERE false`],
      ];
    }),
    ['DELETE', '', `DELETE FROM ${id} WHERE false`],
    ['TRUNCATE', '', `TRUNCATE ${id}`],
    ['TRIGGER', '', `CREATE TRIGGER of_a_stranger BEFORE INSERT ON ${id} FOR EACH STATEMENT EXECUTE FUNCTION events_announce()`],
    ['its owner', '', `ALTER TABLE ${id} DISABLE TRIGGER ALL`],
    ['its owner', '', `DROP TABLE ${id}`],
  ];
}

describe('who may do what in Postgres', function () {
  this.timeout(60_000);
  let database: TestDatabase;
  let admin: pg.Pool;
  let relations: readonly Relation[];
  const clients: pg.Client[] = [];

  const connect = async (login: Login): Promise<pg.Client> => {
    const client = new pg.Client(patientConfig(asLogin(database.url, login)));
    client.on('error', () => undefined);
    await client.connect();
    clients.push(client);
    return client;
  };

  before(async () => {
    database = await createTestDatabase(adminUrlFromEnvironment());
    admin = createTestPool(database.url);
    const { rows } = await admin.query<Relation>(`
      SELECT table_name AS name, CASE table_type WHEN 'VIEW' THEN 'view' ELSE 'table' END AS kind,
        array_agg(column_name::text ORDER BY column_name) AS columns
      FROM information_schema.columns JOIN information_schema.tables USING (table_catalog, table_schema, table_name)
      WHERE table_schema = 'public' GROUP BY table_name, table_type
      UNION ALL
      SELECT sequence_name, 'sequence', '{}' FROM information_schema.sequences WHERE sequence_schema = 'public'`);
    relations = rows;
  });
  afterEach(() => Promise.all(clients.splice(0).map((client) => client.end())));
  after(async () => {
    await admin.end();
    await database.drop();
  });

  /** Whether the server refuses a statement for want of a right on this relation. Nothing stays of what it does not refuse. */
  async function isRefused(client: pg.Client, statement: string, relation: string): Promise<boolean> {
    await client.query('BEGIN');
    try {
      await client.query(statement);
      return false;
    } catch (error) {
      if (!(error instanceof pg.DatabaseError)) throw error;
      // What a trigger lacks, and what a constraint refuses, comes after the right itself was found.
      return error.code === '42501' && error.message.endsWith(` ${relation}`);
    } finally {
      await client.query('ROLLBACK');
    }
  }

  /** What a login may do, found out by trying: `INSERT, SELECT (a, b)` for each relation with which it may do anything. */
  async function found(login: Login): Promise<Rights> {
    const client = await connect(login);
    const may: Record<string, string> = {};
    for (const relation of relations) {
      const allowed = new Map<string, string[]>();
      for (const [privilege, column, statement] of attempts(relation)) {
        if (await isRefused(client, statement, relation.name)) continue;
        allowed.set(privilege, [...allowed.get(privilege) ?? [], column]);
      }
      const words = [...allowed].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([privilege, columns]) =>
        (columns[0] === '' || columns.length === relation.columns.length ? privilege : `${privilege} (${columns.join(', ')})`));
      if (words.length > 0) may[relation.name] = words.join(', ');
    }
    return may;
  }

  for (const login of ['api', 'relay', 'projector', 'reader'] as const) {
    it(`${login} may do with each table what is written down, and nothing else`, async () => {
      expect(relations.length, 'tables and sequences').to.be.above(15);
      expect(await found(login)).to.deep.equal(MAY[login]);
    });
  }

  it('the owner may change everything but the history: no event, and no mark that was set', async () => {
    const owner = await connect('owner');
    for (const relation of relations) {
      for (const [privilege, , statement] of attempts(relation)) {
        expect(await isRefused(owner, statement, relation.name), `${privilege}: ${statement}`).to.equal(false);
      }
    }
    for (const statement of ['UPDATE events SET payload = DEFAULT', 'DELETE FROM events', 'TRUNCATE events CASCADE']) {
      const error = await owner.query(statement).then(() => undefined, (thrown: unknown) => thrown);
      expect(String(error), statement).to.contain('the event log is append-only');
    }
  });

  it('no process becomes another one, makes anything, or reaches the server beneath', async () => {
    const other = await connect('owner');
    const { rows: [row] } = await other.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    for (const login of LOGINS.filter((each) => each !== 'owner')) {
      const client = await connect(login);
      for (const statement of [
        'SET ROLE inventory_owner', 'SET SESSION AUTHORIZATION inventory_test_owner', 'GRANT inventory_owner TO CURRENT_USER',
        ...LOGINS.filter((each) => each !== login).map((each) => `SET ROLE inventory_${each}`),
        'CREATE ROLE somebody', 'ALTER ROLE inventory_test_owner PASSWORD NULL', 'CREATE DATABASE something', 'CREATE SCHEMA something',
        'CREATE TABLE something ()', 'CREATE FUNCTION something() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$',
        'SELECT apply_roles()', 'SET session_replication_role = replica', 'ALTER SYSTEM SET fsync = off',
        `ALTER DATABASE ${database.name} SET fsync = off`, `COPY (SELECT 1) TO PROGRAM 'true'`, `SELECT pg_read_file('PG_VERSION')`,
        'SELECT rolpassword FROM pg_authid', `SELECT pg_terminate_backend(${row?.pid ?? 0})`,
        'BEGIN; LOCK TABLE events IN ACCESS EXCLUSIVE MODE', 'BEGIN; LOCK TABLE stock IN EXCLUSIVE MODE',
        'BEGIN; LOCK TABLE reservations IN SHARE MODE',
        'CREATE PUBLICATION something',
      ]) {
        const error = await client.query(statement).then(() => undefined, (thrown: unknown) => thrown);
        expect(error, `${login}: ${statement}`).to.be.instanceOf(pg.DatabaseError);
        if (error instanceof pg.DatabaseError) expect(error.code, `${login}: ${statement}: ${error.message}`).to.equal('42501');
        await client.query('ROLLBACK');
      }
    }
  });

  it('no group has a privilege of a kind that is not tried here', async () => {
    const tried = new Set(relations.flatMap(attempts).map(([privilege]) => privilege));
    const { rows } = await admin.query<{ privilege: string }>(`
      SELECT DISTINCT privilege_type AS privilege FROM pg_class CROSS JOIN aclexplode(relacl)
      WHERE grantee::regrole::text LIKE 'inventory%' AND grantee::regrole::text <> 'inventory_owner'`);
    expect([...tried]).to.include.members(rows.map(({ privilege }) => privilege));
    expect(rows.length).to.be.above(3);
  });

  it('what somebody has granted besides is taken back by the next migration, and what was taken away is given back', async () => {
    const owner = await connect('owner');
    await admin.query(`
      GRANT UPDATE ON stock TO inventory_relay; GRANT DELETE ON events TO inventory_api;
      GRANT SELECT (response) ON idempotency_keys TO inventory_reader;
      REVOKE INSERT ON events, stock FROM inventory_api; REVOKE UPDATE (epoch) ON relay_stream FROM inventory_relay`);
    expect((await found('relay'))['stock']).to.contain('UPDATE');
    const { rows } = await owner.query<{ role_statements: string }>('SELECT role_statements() ORDER BY 1');
    expect(rows.map((each) => each.role_statements)).to.include.members([
      'REVOKE UPDATE ON stock FROM inventory_relay', 'REVOKE DELETE ON events FROM inventory_api',
      'REVOKE SELECT (response) ON idempotency_keys FROM inventory_reader', 'GRANT UPDATE (epoch) ON relay_stream TO inventory_relay',
    ]);
    await owner.query('SELECT apply_roles()');
    for (const login of ['api', 'relay', 'reader'] as const) expect(await found(login)).to.deep.equal(MAY[login]);
    expect((await owner.query('SELECT role_statements()')).rowCount).to.equal(0);
    // What was granted on a column that a later migration drops is in the server's catalogue for ever.
    await owner.query(`ALTER TABLE revoked_tokens ADD COLUMN of_a_day text; GRANT UPDATE (of_a_day) ON revoked_tokens TO inventory_api;
      ALTER TABLE revoked_tokens DROP COLUMN of_a_day`);
    await owner.query('SELECT apply_roles()');
  });
});
