/** The groups and their logins on servers of their own: roles are the whole server's, and these tests begin without any. */
import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Service } from '@inventory/testkit/servers/service.ts';
import { startPostgres } from '@inventory/testkit/servers/services.ts';
import pg from 'pg';
import { migrate as migrateTo } from './migrate.ts';
import { migrationsFolder } from './schema-version.ts';
import { patientConfig } from './testing/database.ts';

const program = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

describe('the logins of a deployment', function () {
  this.timeout(120_000);
  let service: Service;
  let folder: string;

  beforeEach(async () => {
    [service, folder] = await Promise.all([startPostgres(), mkdtemp(join(tmpdir(), 'logins-'))]);
  });
  afterEach(async () => {
    await service.stop();
    await rm(folder, { recursive: true });
  });

  const urlOf = (user: string, password = '', database = 'shop'): string => {
    const url = new URL(service.url);
    url.pathname = `/${database}`;
    url.username = encodeURIComponent(user);
    url.password = encodeURIComponent(password);
    return url.href;
  };
  const adminUrl = (database = 'shop'): string => urlOf('postgres', new URL(service.url).password, database);

  async function query(url: string, text: string): Promise<readonly Record<string, unknown>[]> {
    const client = new pg.Client(patientConfig(url));
    client.on('error', () => undefined);
    try {
      await client.connect();
      return (await client.query<Record<string, unknown>>(text)).rows;
    } finally {
      await client.end();
    }
  }
  const run = (name: string, url: string, ...args: readonly string[]) =>
    spawnSync(process.execPath, [program(name), ...args], { encoding: 'utf8', env: { DATABASE_URL: url } });
  const migrate = (url: string) => run('./migrate.ts', url);

  async function credentials(login: string, user: string, password: string): Promise<void> {
    await mkdir(join(folder, login), { recursive: true });
    await writeFile(join(folder, login, 'database-url'), `${urlOf(user, password)}\n`);
  }

  it('are made with the names and passwords of their URLs, each in its group, and the owner\'s migrates a new database', async () => {
    await query(adminUrl('postgres'), 'CREATE DATABASE shop');
    const passwords = { owner: 'o:w/n@e?r', api: 'ä ö ü', relay: `it's`, projector: '%41', reader: '"x"' };
    for (const [login, password] of Object.entries(passwords)) await credentials(login, `${login} of shop`, password);
    const made = run('./logins.ts', adminUrl(), folder);
    expect([made.status, made.stderr]).to.deep.equal([0, '']);
    expect(made.stdout.split('\n')).to.include.members([
      'api of shop, in inventory_api: made', 'shop: owned by inventory_owner',
    ]);
    expect(migrate(urlOf('owner of shop', passwords.owner))).to.deep.include({ status: 0, stderr: '' });
    expect(await query(urlOf('api of shop', passwords.api), 'SELECT count(*)::int AS n FROM stock')).to.deep.equal([{ n: 0 }]);
    for (const [login, password] of Object.entries(passwords)) {
      const [row] = await query(urlOf(`${login} of shop`, password), `
        SELECT pg_has_role('inventory_${login}', 'USAGE') AS own,
          (SELECT count(*)::int FROM pg_roles WHERE rolname LIKE 'inventory\\_%' AND pg_has_role(oid, 'MEMBER')) AS groups`);
      expect(row, login).to.deep.equal({ own: true, groups: 1 });
      const wrong = await query(urlOf(`${login} of shop`, `${password}x`), 'SELECT 1').catch(String);
      expect(wrong).to.contain('password authentication failed');
    }
    const owners = await query(adminUrl(), `SELECT DISTINCT tableowner::text AS owner FROM pg_tables WHERE schemaname = 'public'`);
    expect(owners).to.deep.equal([{ owner: 'inventory_owner' }]);
  });

  it('made again have the passwords of now, on a database that was migrated before by a superuser', async () => {
    await query(adminUrl('postgres'), 'CREATE DATABASE shop');
    expect(migrate(adminUrl()).status).to.equal(0);
    await credentials('relay', 'relay_login', 'first');
    expect(run('./logins.ts', adminUrl(), folder).status).to.equal(0);
    await credentials('relay', 'relay_login', 'second');
    expect(run('./logins.ts', adminUrl(), folder).stdout).to.equal('relay_login, in inventory_relay: password set\n');
    expect(await query(urlOf('relay_login', 'first'), 'SELECT 1').catch(String)).to.contain('password authentication failed');
    const [row] = await query(urlOf('relay_login', 'second'), `SELECT has_table_privilege('relay_leader', 'SELECT') AS may`);
    expect(row).to.deep.equal({ may: true });
  });

  it('can be made before the schema is upgraded: what another login has migrated is handed over to the owner, who goes on', async () => {
    const since = readdirSync(migrationsFolder).filter((file) => file >= '0009_roles.sql');
    await query(adminUrl('postgres'), 'CREATE DATABASE shop');
    await migrateTo({ url: adminUrl(), direction: 'up' });
    await migrateTo({ url: adminUrl(), direction: 'down', count: since.length });
    await query(adminUrl(), `CREATE TABLE of_others (id serial PRIMARY KEY); CREATE ROLE other; ALTER TABLE of_others OWNER TO other`);
    await credentials('owner', 'owner_login', 'x');
    expect(run('./logins.ts', adminUrl(), folder)).to.deep.include({ status: 0, stderr: '' });
    expect(migrate(urlOf('owner_login', 'x'))).to.deep.include({ status: 0, stderr: '' });
    const owners = await query(adminUrl(), `
      SELECT DISTINCT relowner::regrole::text AS owner FROM pg_class
      WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'S') ORDER BY 1`);
    expect(owners).to.deep.equal([{ owner: 'inventory_owner' }, { owner: 'other' }]);
  });

  it('are asked for in the right way, or the command says how, and makes nothing', async () => {
    expect(run('./logins.ts', adminUrl('postgres')).status).to.equal(2);
    expect(run('./logins.ts', adminUrl('postgres'), '--fast', folder).status).to.equal(2);
    const empty = run('./logins.ts', adminUrl('postgres'), folder);
    expect([empty.status, empty.stderr]).to.deep.equal([1, `The logins were not made: ${folder} has no <login>/database-url\n`]);
    await credentials('api', 'api_login', '');
    const bare = run('./logins.ts', adminUrl('postgres'), folder);
    expect(bare.status).to.equal(1);
    expect(bare.stderr).to.match(/has no name or no password in it$/m);
    await query(adminUrl('postgres'), `CREATE ROLE weak LOGIN PASSWORD 'weak'`);
    await credentials('api', 'api_login', 'x');
    const refused = run('./logins.ts', urlOf('weak', 'weak', 'postgres'), folder);
    expect([refused.status, refused.stderr]).to.deep.equal([1, 'The logins were not made: permission denied to create role\n']);
    expect(await query(adminUrl('postgres'), `SELECT FROM pg_roles WHERE rolname ~ '^(inventory|api)_'`)).to.deep.equal([]);
  });

  it('may be missing: a login that may not make roles migrates all the same, and is told in a sentence what would help', async () => {
    await query(adminUrl('postgres'), `CREATE ROLE tenant LOGIN PASSWORD 'x'`);
    await query(adminUrl('postgres'), 'CREATE DATABASE shop OWNER tenant');
    const tenant = urlOf('tenant', 'x');
    const first = migrate(tenant);
    expect(first.status).to.equal(0);
    expect(first.stderr).to.match(/^who may do what was not set \(permission denied to create role\): .*\nHave a login that may make roles run: /);
    const [, statements = ''] = /run: (.*); and then migrate again\.$/.exec(first.stderr.trim()) ?? [];
    expect(statements).to.contain('CREATE ROLE inventory_relay').and.to.contain('GRANT inventory_owner TO tenant');
    expect(await query(tenant, 'SELECT count(*)::int AS n FROM stock'), 'it goes on as it is').to.deep.equal([{ n: 0 }]);

    // What the sentence says, to the letter.
    await query(adminUrl(), statements);
    expect(migrate(tenant)).to.deep.include({ status: 0, stderr: '', stdout: 'The schema is up to date.\n' });
    await query(adminUrl(), `CREATE ROLE r LOGIN PASSWORD 'x' IN ROLE inventory_relay`);
    expect(await query(urlOf('r', 'x'), 'UPDATE relay_leader SET beat_at = beat_at RETURNING term::int')).to.deep.equal([{ term: 0 }]);
    expect(await query(urlOf('r', 'x'), 'UPDATE stock SET quantity = 1').catch(String)).to.contain('permission denied for table stock');
  });

  it('are possible where a managed service gives CREATEROLE and no superuser', async () => {
    await query(adminUrl('postgres'), `CREATE ROLE master LOGIN CREATEROLE CREATEDB PASSWORD 'x'`);
    const master = urlOf('master', 'x');
    await query(urlOf('master', 'x', 'postgres'), 'CREATE DATABASE shop');
    expect(migrate(master)).to.deep.include({ status: 0, stderr: '' });
    for (const login of ['owner', 'api']) await credentials(login, `${login}_login`, 'y');
    const made = run('./logins.ts', master, folder);
    expect([made.status, made.stderr]).to.deep.equal([0, '']);
    expect(migrate(urlOf('owner_login', 'y'))).to.deep.include({ status: 0, stderr: '' });
    expect(migrate(master), 'the master still may').to.deep.include({ status: 0, stderr: '' });
    expect(await query(urlOf('api_login', 'y'), 'DELETE FROM events').catch(String)).to.contain('permission denied');
  });
});
