/** The database is lost and comes back from a dump, into another cluster: what run.md says to type, and nothing else. */
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { connect } from 'nats';
import type { NatsConnection } from 'nats';
import pg from 'pg';
import { createClient } from '@inventory/testkit/http/client.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { expectInvariants } from '@inventory/testkit/invariants/invariants.ts';
import { spawnProcess, startProcess } from '@inventory/testkit/processes/processes.ts';
import type { TestProcess } from '@inventory/testkit/processes/processes.ts';
import { commandsOf, shows, signsOf, type } from '../repository/runbooks.ts';
import { inContainers, startPostgres } from '@inventory/testkit/servers/services.ts';
import type { Service } from '@inventory/testkit/servers/service.ts';
import { startSystem } from './system.ts';
import type { System } from './system.ts';

const PAGE = 'run.md';
const PART = 'Backup and restore';

/** The newest of Debian's folders of PostgreSQL's programs, which are not on the PATH. */
async function programs(): Promise<string | undefined> {
  const versions = await readdir('/usr/lib/postgresql').catch(() => []);
  const [newest] = versions.map(Number).toSorted((a, b) => b - a);
  return newest === undefined ? undefined : `/usr/lib/postgresql/${newest}/bin`;
}

const bin = await programs();
const skipped = inContainers ? ' (skipped: a server in a container has its own programs)'
  : bin === undefined ? ' (skipped: pg_dump, of Debian\'s package postgresql, is not on this machine)' : '';

(skipped === '' ? describe : describe.skip)(`a restore from a dump, into a new cluster${skipped}`, function () {
  this.timeout(240_000);
  let system: System;
  let first: Service;
  let second: Service;
  let nats: NatsConnection;
  let folder: string;
  const started: TestProcess[] = [];

  before(async () => {
    [first, second, folder] = await Promise.all([startPostgres(), startPostgres(), mkdtemp(join(tmpdir(), 'restore-'))]);
    system = await startSystem({ adminUrl: first.url });
    nats = await connect({ servers: system.nats.url });
  });
  after(async () => {
    await Promise.allSettled(started.map((each) => each.stop()));
    await nats.close();
    await system.stop();
    await Promise.all([first.stop(), second.stop(), rm(folder, { recursive: true, force: true })]);
  });

  const stream = async () => (await nats.jetstreamManager()).streams.info('INVENTORY');

  it('goes on under a new epoch, with a stream and a view that say so, and tells whoever follows the log', async () => {
    const product_id = await system.product(1);
    const admin = await system.client('admin');
    const token = await system.keys.token({ role: 'admin' });
    const receive = async (url: string, change: number): Promise<void> => {
      const answer = await createClient(url, token).post('/api/v1/stock', {
        product_id, store_id: 'MAD-001', quantity_change: change, reason: 'RESTOCK',
      });
      expect(answer.status, answer.text).to.equal(200);
    };
    const oldUrl = `http://127.0.0.1:${system.apis[0]?.port}`;
    const newestIn = async (sql: pg.Pool): Promise<number> => {
      const { rows: [row] } = await sql.query<{ n: number }>('SELECT count(*)::int AS n FROM events');
      return row?.n ?? 0;
    };
    const published = (sql: pg.Pool) => eventually(async () => {
      const { rows: [row] } = await sql.query<{ n: number }>('SELECT count(*)::int AS n FROM events_unpublished');
      expect(row?.n).to.equal(0);
    }, { timeoutMs: 60_000, what: 'everything to be published' });

    for (let n = 0; n < 10; n += 1) await receive(oldUrl, 1);
    const page = await admin.get('/api/v1/events?limit=5');
    const cursor = String(page.body['next_cursor']);
    await published(system.sql);

    // The backup, and what is written after it.
    const backup = join(folder, 'inventory.dump');
    const [dump = '', keep = '', restore = '', migrate = '', reconcile = '', ...rest] = commandsOf(PAGE, PART);
    expect([dump, keep, restore, migrate, reconcile].map((command) => /^(?:npm run (?:-s )?)?\w+/.exec(command)?.[0])).to.deep.equal(
      ['pg_dump', 'npm run -s erasures', 'pg_restore', 'npm run migrate', 'npm run relay']);
    expect(rest).to.deep.equal([]);
    const variables = { BACKUP: backup, PATH: `${bin}:${process.env['PATH']}` };
    const succeed = async (command: string, env: Readonly<Record<string, string>>): Promise<string> => {
      const { code, stdout, stderr } = await type(command, { ...env, ...variables });
      expect(code, `${command}\n${stdout}${stderr}`).to.equal(0);
      return stdout;
    };
    await admin.post('/api/v1/reservations', { product_id, store_id: 'BCN-001', quantity: 1, customer_id: 'forgotten' });
    await succeed(dump, system.env);
    const kept = await newestIn(system.sql);
    for (let n = 0; n < 5; n += 1) await receive(oldUrl, 100);
    const erased = await admin.post('/api/v1/customers/erasures', { customer_id: 'forgotten', release_holds: true });
    expect(erased.status, erased.text).to.equal(200);
    await succeed(keep, system.env);
    await published(system.sql);
    expect((await stream()).state.messages).to.equal(kept + 7);

    // The cluster is lost, and with it everything that was connected to it.
    await Promise.all([...system.apis, ...system.relays, ...system.projectors].map((each) => each.stop()));
    const database = new URL(second.url);
    const admins = new pg.Pool({ connectionString: second.url, max: 1 });
    await admins.query('CREATE DATABASE restored');
    await admins.end();
    database.pathname = '/restored';
    const env = { ...system.env, DATABASE_URL: database.href };
    await succeed(restore, env);
    await succeed(migrate, env);

    const api = await startProcess({ command: 'api', env });
    const projector = await startProcess({ command: 'projector', args: ['run'], env });
    const relay = await spawnProcess({ command: 'relay', args: ['run'], env });
    started.push(api, projector, relay);
    const url = `http://127.0.0.1:${api.port}`;
    // Writes go on; the relay does not lead on a server that nobody has accepted, and says what to type.
    for (let n = 0; n < 3; n += 1) await receive(url, 10);
    await relay.waitForLog(({ error }) => JSON.stringify(error ?? '').includes('after a restore relay reconcile --restored'), { timeoutMs: 30_000 });

    expect(await succeed(reconcile, env)).to.match(/epoch 2/);
    const lost = (await readFile(`${backup}.lost.jsonl`, 'utf8')).trim().split('\n');
    expect(lost, 'what only the old stream knew, for whoever mends it by hand').to.have.length(7);

    const sql = new pg.Pool({ connectionString: database.href, max: 2 });
    try {
      await published(sql);
      expect((await sql.query("SELECT FROM customers WHERE external_id = 'forgotten'")).rows, 'who was erased since the backup').to.deep.equal([]);
      expect((await stream()).config.description).to.equal('inventory event log, epoch 2');
      expect((await stream()).state.messages).to.equal(await newestIn(sql));
      await receive(url, 1000);
      // 20 that are seeded, ten receipts of one, three of ten and one of a thousand: the receipts of a hundred are lost.
      const restored = createClient(url, token);
      await eventually(async () => {
        const { body } = await restored.get(`/api/v1/products/${product_id}/availability`);
        expect(body['source']).to.equal('cache');
        expect(JSON.stringify(body['stores'])).to.contain('"available":1060');
      }, { timeoutMs: 30_000, what: 'the view of the new epoch' });
      const told = await restored.get(`/api/v1/events?after=${encodeURIComponent(cursor)}`);
      expect([told.status, told.body['code']]).to.deep.equal([410, 'log_epoch_changed']);
      await published(sql);
      await expectInvariants(sql);
      for (const sign of signsOf(PAGE)) {
        if (sign.kind === 'command') await succeed(sign.command, env);
        else {
          const ops = relay.logs.find(({ ops_port: port }) => port !== undefined)?.['ops_port'];
          const { text } = await createClient(`http://127.0.0.1:${String(ops)}`).get('/metrics');
          expect(shows(text, sign), sign.text).to.equal(true);
        }
      }
    } finally {
      await sql.end();
    }
  });
});
