/** TLS to PostgreSQL, Redis and NATS under a private CA that NODE_EXTRA_CA_CERTS names: run.md, "TLS to the three servers". */
import { chownSync, statSync } from 'node:fs';
import { chmod, copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asLogin, createTestDatabase } from '@inventory/db/testing/database.ts';
import { processEnv } from '@inventory/runtime/config/config.ts';
import { expect } from 'chai';
import { Redis } from 'ioredis';
import pg from 'pg';
import { freePort } from '../../scripts/lib/process/ports.mjs';
import { createAuthority, noAuthority } from '@inventory/testkit/servers/certificates.ts';
import type { Authority } from '@inventory/testkit/servers/certificates.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { spawnProcess } from '@inventory/testkit/processes/processes.ts';
import type { ProcessOptions, TestProcess } from '@inventory/testkit/processes/processes.ts';
import { inContainers, startNats, startPostgres, startRedis } from '@inventory/testkit/servers/services.ts';
import type { Service } from '@inventory/testkit/servers/service.ts';

const SECRET = 'hunter2';
const VERIFY = '?sslmode=verify-full';
const reason = inContainers ? 'a server in a container has no files of ours' : noAuthority;
const title = 'TLS under a private CA';

(reason === '' ? describe : describe.skip)(reason === '' ? title : `${title} (skipped: ${reason})`, function () {
  this.timeout(120_000);
  let dir: string;
  let ours: Authority;
  let others: Authority;
  let postgres: Service;
  let redis: Service;
  let nats: Service;
  let urls: { readonly postgres: string; readonly redis: string; readonly nats: string };
  const running: TestProcess[] = [];

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'testkit-tls-'));
    [ours, others] = await Promise.all([createAuthority(dir, 'ours'), createAuthority(dir, 'others')]);
    const server = await ours.issue('localhost');
    const tlsPort = await freePort();
    [postgres, redis, nats] = await Promise.all([
      startPostgres(),
      startRedis({ args: [
        '--tls-port', String(tlsPort), '--tls-cert-file', server.cert, '--tls-key-file', server.key, '--tls-ca-cert-file', ours.ca,
        '--tls-auth-clients', 'no',
      ] }),
      startNats({ users: false, args: ['--tls', '--tlscert', server.cert, '--tlskey', server.key, '--user', 'inventory', '--pass', SECRET] }),
    ]);
    await requirePassword(redis);
    const database = await createTestDatabase(postgres.url);
    await insistOnTls(postgres, server);
    urls = {
      postgres: `${database.url.replace('127.0.0.1', 'localhost')}${VERIFY}`,
      redis: `rediss://:${SECRET}@localhost:${tlsPort}`,
      nats: `tls://inventory:${SECRET}@localhost:${nats.port}`,
    };
  });
  after(async () => {
    await Promise.all(running.map((child) => child.kill()));
    await Promise.all([postgres, redis, nats].map((server) => server.stop()));
    await rm(dir, { recursive: true });
  });

  /** Starts a process that knows this CA, in addition to the public ones. */
  const start = async (authority: Authority, options: Omit<ProcessOptions, 'env'>, env: Readonly<Record<string, string>> = {}) => {
    const child = await spawnProcess({ ...options, env: { ...env, NODE_EXTRA_CA_CERTS: authority.ca } });
    running.push(child);
    return child;
  };

  /** What a process that opens all of these URLs says about each: one line, and no secret in it. */
  async function open(authority: Authority, addresses: readonly string[]): Promise<readonly string[]> {
    const child = await start(authority, { command: 'projector', script: 'tests/e2e/tls.fixture.ts', args: addresses });
    expect((await child.exited).code, child.noise.join('\n')).to.equal(0);
    expect(child.noise).to.deep.equal([]);
    for (const secret of [SECRET, new URL(urls.postgres).password]) expect(JSON.stringify(child.logs)).not.to.contain(secret);
    return addresses.map((_, nth) => {
      const lines = child.logs.filter((line) => line['nth'] === nth);
      expect(lines, JSON.stringify(lines)).to.have.length(1);
      return lines.map(({ message, ...fields }) => `${message} ${JSON.stringify(fields)}`).join('');
    });
  }

  it('connects to a server that it vouches for, by the name in the certificate alone', async () => {
    const byName = Object.values(urls);
    const byAddress = byName.map((url) => url.replace('localhost', '127.0.0.1'));
    const said = await open(ours, [...byName, ...byAddress]);
    expect(said[0]).to.match(/^connected to postgres .*"encrypted":true/);
    expect(said[1]).to.match(/^connected to redis/);
    expect(said[2]).to.match(/^connected to nats/);
    for (const [nth, name] of ['postgres', 'redis', 'nats'].entries()) {
      expect(said[3 + nth]).to.match(new RegExp(`^not connected to ${name} .*Hostname/IP does not match certificate's altnames`));
    }
  });

  it('refuses a server that only another CA vouches for', async () => {
    const said = await open(others, Object.values(urls));
    for (const [nth, name] of ['postgres', 'redis', 'nats'].entries()) {
      expect(said[nth]).to.match(new RegExp(`^not connected to ${name} .*(unable to verify|self-signed certificate)`));
    }
    // What the api makes of it: the database is away, no fault of its own.
    expect(said[0]).to.contain('"kind":"unavailable"');
  });

  it('says what is wrong where only one of the two speaks TLS, and never goes on without it', async () => {
    const plain = [urls.postgres.replace(VERIFY, ''), urls.redis.replace('rediss:', 'redis:')];
    const { DATABASE_URL = '', REDIS_URL = '', NATS_URL = '' } = processEnv();
    const insisting = [`${DATABASE_URL}${VERIFY}`, REDIS_URL.replace('redis:', 'rediss:'), NATS_URL.replace('nats:', 'tls:')];
    const said = await open(ours, [...plain, ...insisting]);
    expect(said[0]).to.match(/^not connected to postgres .*no encryption.*"kind":"unavailable"/);
    expect(said[1]).to.match(/^not connected to redis .*does it want TLS, rediss/);
    expect(said[2]).to.match(/^not connected to postgres .*does not support SSL connections.*"kind":"unavailable"/);
    expect(said[3]).to.match(/^not connected to redis .*does it speak TLS at all/);
    expect(said[4]).to.match(/^not connected to nats .*does not speak TLS/);
  });

  it('carries the migration and the processes, with the URL of the database in a file', async () => {
    const envOf = async (login: 'owner' | 'relay' | 'projector') => {
      const file = join(dir, `database-url-of-${login}`);
      await writeFile(file, `${asLogin(urls.postgres, login)}\n`);
      return { DATABASE_URL_FILE: file, REDIS_URL: urls.redis, NATS_URL: urls.nats };
    };
    const [env, ofRelay, ofProjector] = await Promise.all([envOf('owner'), envOf('relay'), envOf('projector')]);
    const migration = { command: 'relay', script: 'db/migrate.ts' } as const;
    const [migrated, refused, relay, projector] = await Promise.all([
      start(ours, migration, env), start(others, migration, env),
      start(ours, { command: 'relay', args: ['run'] }, ofRelay), start(ours, { command: 'projector', args: ['run'] }, ofProjector),
    ]);
    // Before it stands what the owner of the database has to type: this login is not the owner of the test's.
    expect([(await migrated.exited).code, migrated.noise.at(-1)]).to.deep.equal([0, 'The schema is up to date.']);
    expect((await refused.exited).code).to.equal(1);
    expect(refused.noise.join('\n')).to.match(/^Migration failed: (unable to verify|self-signed).*$/);
    await relay.waitForLog(({ message }) => message === 'ready');
    await projector.waitForLog(({ message }) => message === 'events come from the stream');
    await projector.waitForLog(({ message }) => message === 'connected to redis');
  });

  it('carries relay watch, which says why it refuses a server', async () => {
    const watching = await start(ours, { command: 'relay', args: ['watch'] }, { NATS_URL: urls.nats });
    await eventually(() => { expect(watching.noise.join('\n')).to.match(/^Watching stock\.> .*: to localhost:/); });
    const refusing = await start(others, { command: 'relay', args: ['watch'] }, { NATS_URL: urls.nats });
    expect((await refusing.exited).code).to.equal(1);
    expect(refusing.noise.join('\n')).to.match(/^relay: NATS does not answer: .*(unable to verify|self-signed certificate)/);
  });
});

/** From now on the server asks for a password; its readiness was tried without one. */
async function requirePassword({ url }: Service): Promise<void> {
  const admin = new Redis(url);
  await admin.config('SET', 'requirepass', SECRET);
  admin.disconnect();
}

/** From now on the server takes new connections by TLS alone. */
async function insistOnTls({ url, local }: Service, { cert, key }: { readonly cert: string; readonly key: string }): Promise<void> {
  const data = join(local?.dir ?? '', 'data');
  const { uid, gid } = statSync(data);
  // PostgreSQL wants its key to be its own user's.
  for (const [from, name] of [[cert, 'server.crt'], [key, 'server.key']] as const) {
    const to = join(data, name);
    await copyFile(from, to);
    await chmod(to, 0o600);
    chownSync(to, uid, gid);
  }
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  await admin.query('ALTER SYSTEM SET ssl = on');
  await writeFile(join(data, 'pg_hba.conf'), 'hostssl all all 127.0.0.1/32 scram-sha-256\n');
  await admin.query('SELECT pg_reload_conf()');
  await admin.end();
  await eventually(async () => {
    const plain = new pg.Client({ connectionString: url });
    const refused = await plain.connect().then(() => false, () => true);
    await plain.end();
    expect(refused).to.equal(true);
    expect(await readFile(join(local?.dir ?? '', 'server.log'), 'utf8')).to.contain('parameter "ssl" changed');
  });
}
