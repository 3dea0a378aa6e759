import { expect } from 'chai';
import pg from 'pg';
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@inventory/testkit/http/client.ts';
import { createClient } from '@inventory/testkit/http/client.ts';
import { frameNo, openStream } from '@inventory/testkit/http/event-stream.ts';
import type { EventStream } from '@inventory/testkit/http/event-stream.ts';
import { expectInvariants } from '@inventory/testkit/invariants/invariants.ts';
import { startProxy } from '@inventory/testkit/servers/proxy.ts';
import type { Proxy } from '@inventory/testkit/servers/proxy.ts';
import { inContainers, startPostgres } from '@inventory/testkit/servers/services.ts';
import type { Service } from '@inventory/testkit/servers/service.ts';
import { noStandby, startStandby } from '@inventory/testkit/servers/standby.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { commandsOf, signsOf, type } from '../repository/runbooks.ts';
import { startSystem } from './system.ts';
import type { System } from './system.ts';

const reason = inContainers ? 'a server in a container keeps its files to itself' : noStandby();
const SLOW = { timeoutMs: 30_000 };
const PAGE = 'docs/runbooks/LogOnUnknownServer.md';

(reason === '' ? describe : describe.skip)(`a standby that is promoted without the newest writes${reason === '' ? '' : ` (skipped: ${reason})`}`, function () {
  this.timeout(180_000);
  let primary: Service;
  let standby: Service;
  let address: Proxy;
  let replication: Proxy;
  let system: System;
  let boss: Client;
  let product: string;

  before(async () => {
    primary = await startPostgres();
    replication = await startProxy({ targetPort: primary.port });
    address = await startProxy({ targetPort: primary.port });
    standby = await startStandby(primary, { port: replication.port });
    system = await startSystem({ adminUrl: Object.assign(new URL(primary.url), { port: String(address.port) }).href });
    system.sql.on('error', () => undefined);
    boss = await system.client('admin');
    product = await system.product(1);
  });
  after(async () => {
    await system.stop();
    await replication.close();
    await address.close();
    await standby.stop();
    await primary.stop();
  });

  const receive = async (quantity: number): Promise<void> => {
    await eventually(async () => {
      const { status } = await boss.post('/api/v1/stock', { product_id: product, store_id: 'MAD-001', quantity_change: quantity, reason: 'RESTOCK' });
      expect(status).to.equal(200);
    }, SLOW);
  };
  const read = () => boss.get(`/api/v1/products/${product}/availability`);
  const total = async (): Promise<number> => Number((await read()).body['total_available']);
  const fromView = async (expected: number): Promise<void> => {
    await eventually(async () => { expect((await read()).body).to.deep.include({ total_available: expected, source: 'cache' }); }, SLOW);
  };
  const feed = (after?: string) => boss.get(`/api/v1/events${after === undefined ? '' : `?after=${encodeURIComponent(after)}`}`);
  const endOfFeed = async (): Promise<string> => {
    let page = await feed();
    while (page.body['has_more'] === true) page = await feed(String(page.body['next_cursor']));
    return String(page.body['next_cursor']);
  };
  const relay = (...args: string[]) => system.command('packages/relay/main.ts', args).then(
    ({ stdout, stderr }) => ({ code: 0, said: stdout + stderr }),
    (error: { code: number; stdout: string; stderr: string }) => ({ code: error.code, said: error.stdout + error.stderr }));
  /** A command of the alert's page, typed as it stands there. */
  const typed = async (step: string) => {
    const [command = ''] = commandsOf(PAGE, step);
    const { code, stdout, stderr } = await type(command, system.env);
    return { code, said: stdout + stderr };
  };
  const readiness = ({ opsPort }: { readonly opsPort: number }) => createClient(`http://127.0.0.1:${opsPort}`).get('/readyz?verbose');
  /** A viewer of the live feed. */
  const watch = async (query: string, lastEventId?: string): Promise<EventStream> => openStream(
    `http://127.0.0.1:${system.apis[0]?.port}/api/v1/stream${query}`, { token: await system.keys.token({ role: 'admin' }), lastEventId });
  const newest = async (service: Service): Promise<number> => {
    const client = new pg.Client({ connectionString: Object.assign(new URL(system.databaseUrl), { port: String(service.port) }).href });
    await client.connect();
    const { rows: [row] } = await client.query<{ n: number }>('SELECT max(position)::int AS n FROM events').finally(() => client.end());
    return row?.n ?? 0;
  };
  const caughtUp = () => eventually(async () => { expect(await newest(standby)).to.equal(await newest(primary)); }, SLOW);

  /** The address leads to the standby, which is promoted; the former primary is reached by nobody. */
  async function failOver(): Promise<number> {
    address.refuse();
    replication.refuse();
    const admin = new pg.Client({ connectionString: standby.url });
    await admin.connect();
    await admin.query('SELECT pg_promote(true, 30)').finally(() => admin.end());
    address.retarget(standby.port);
    address.heal();
    return Date.now();
  }
  async function renewStandby(): Promise<void> {
    await primary.stop();
    primary = standby;
    replication.retarget(primary.port);
    replication.heal();
    standby = await startStandby(primary, { port: replication.port });
  }

  it('answers nothing from the lost log, feeds and publishes nothing, sells on, and goes on once it is accepted', async () => {
    const before = await total();
    await receive(1);
    await fromView(before + 1);
    await caughtUp();
    const kept = await endOfFeed();
    const [viewer, shelf] = [await watch('?view=events', kept), await watch(`?product_ids=${product}`)];
    await frameNo(shelf, 'snapshot');
    const [leader] = system.relays;
    await leader?.freeze();
    replication.blackhole();
    await receive(500);
    await fromView(before + 501);
    const lost = await endOfFeed();
    const gone = await frameNo(viewer, 'event');
    await frameNo(shelf, 'stock');

    const promotedAt = await failOver();
    leader?.resume();
    await receive(4);
    const until = Date.now() + 5000;
    while (Date.now() < until) {
      const { status, body } = await read();
      if (status === 200 && Date.parse(String(body['as_of'])) > promotedAt + 1000) expect(body).to.deep.include({ total_available: before + 5 });
      await delay(50);
    }
    expect((await read()).body).to.deep.include({ total_available: before + 5, source: 'database' });
    expect((await feed(kept)).body).to.deep.include({ code: 'dependency_unavailable' });
    const words = /nobody has accepted.*relay reconcile --promoted/;
    for (const [process, status] of [[system.apis[0], 200], [leader, 503], [system.projectors[0], 503]] as const) {
      await eventually(async () => {
        const ready = await readiness(process ?? { opsPort: 0 });
        expect([ready.status, ready.text]).to.satisfy(([got, text]: [number, string]) => got === status && words.test(text), `${status} ${ready.text}`);
      }, SLOW);
    }
    const status = await relay('status');
    expect(status.code).to.equal(1);
    expect(status.said).to.match(words);
    expect((await relay('reconcile', '--repair')).code).to.equal(1);

    const looked = await typed('1. ');
    expect(looked.code, looked.said).to.equal(1);
    expect(looked.said).to.include('--yes accepts this server');
    expect((await feed(kept)).status).to.equal(503);
    expect([viewer.of('event').length, viewer.of('reset').length], 'fed from the unknown server').to.deep.equal([1, 0]);
    const accepted = await typed('2. ');
    expect(accepted.code, accepted.said).to.equal(0);
    expect((await relay('reconcile', '--promoted', '--yes')).code, 'once more').to.equal(0);

    await fromView(before + 5);
    await eventually(async () => {
      const { status: answered, body } = await feed(kept);
      expect(answered).to.equal(200);
      expect(body['items']).to.have.length(1);
    }, SLOW);
    expect((await feed(lost)).body).to.deep.include({ code: 'log_epoch_changed' });
    for (const each of [viewer, shelf]) expect((await frameNo(each, 'reset')).data).to.deep.equal({ reason: 'EPOCH' });
    // Nothing is skipped for who had not seen what was lost: he gets what came instead, and it is another event.
    const back = await watch('?view=events', kept);
    const { data } = await frameNo(back, 'event');
    expect([data['id'] === gone.data['id'], data['data']]).to.satisfy(([same, { delta }]: [boolean, { delta: number }]) => !same && delta === 4);
    expect(back.of('reset')).to.deep.equal([]);
    for (const each of [viewer, shelf, back]) each.close();
    for (const sign of signsOf(PAGE)) {
      if (sign.kind === 'command') await eventually(async () => { expect((await type(sign.command, system.env)).code, sign.command).to.equal(0); }, SLOW);
    }
    await eventually(async () => { expect((await readiness(system.projectors[0] ?? { opsPort: 0 })).status).to.equal(200); }, SLOW);
    expect((await system.command('packages/projector/main.ts', ['verify', '--deep'])).stdout).to.include('0 differences');
    await expectInvariants(system.sql);
  });

  it('is not accepted while the stream knows events that it lost; --restored begins anew', async () => {
    await renewStandby();
    await caughtUp();
    const before = await total();
    replication.blackhole();
    await receive(7);
    await eventually(async () => {
      const { rows } = await system.sql.query('SELECT 1 FROM events_unpublished');
      expect(rows).to.have.length(0);
    }, SLOW);
    await failOver();
    await receive(2);
    const refused = await relay('reconcile', '--promoted', '--yes');
    expect(refused.code, refused.said).to.equal(1);
    expect(refused.said).to.include('the stream knows events that this server does not have; see --restored');
    const restored = await relay('reconcile', '--restored', '--no-erasures', '--save', `${system.redis.local?.dir ?? '/tmp'}/lost.jsonl`);
    expect(restored.code, restored.said).to.equal(0);
    await fromView(before + 2);
    await eventually(async () => { expect((await relay('status')).code).to.equal(0); }, SLOW);
    await expectInvariants(system.sql);
  });
});
