/**
 * What the pages say while something is away, frozen or another one, and that they are right afterwards: a real browser before a
 * real system whose servers are hurt.
 */
import { expect } from 'chai';
import pg from 'pg';
import type { Locator, Page } from 'playwright-core';
import { startProxy } from '@inventory/testkit/servers/proxy.ts';
import type { Proxy } from '@inventory/testkit/servers/proxy.ts';
import { inContainers, startPostgres } from '@inventory/testkit/servers/services.ts';
import type { Service } from '@inventory/testkit/servers/service.ts';
import { noStandby, startStandby } from '@inventory/testkit/servers/standby.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { noBrowser } from './browser.ts';
import { ownWorld, PATH } from './world.ts';

const reason = noBrowser || (inContainers ? 'a server in a container keeps its files to itself' : noStandby());
/** A page hears nothing for 15 s before it gives a connection up, and waits up to 30 s between two attempts. */
const SLOW = { timeout: 90_000 };

(reason === '' ? describe : describe.skip)(`the pages while something is wrong${reason === '' ? '' : ` (skipped: ${reason})`}`, function () {
  this.timeout(300_000);
  let primary: Service;
  let standby: Service;
  let address: Proxy;
  let replication: Proxy;
  before(async () => {
    primary = await startPostgres();
    replication = await startProxy({ targetPort: primary.port });
    address = await startProxy({ targetPort: primary.port });
    standby = await startStandby(primary, { port: replication.port });
  });
  const world = ownWorld(() => ({ adminUrl: Object.assign(new URL(primary.url), { port: String(address.port) }).href }));
  after(async () => {
    address.heal();
    await replication.close();
    await address.close();
    await standby.stop();
    await primary.stop();
  });

  const cell = (page: Page): Locator => page.getByRole('row').filter({ has: page.getByText('Webcam 1080p', { exact: true }) }).locator('td').nth(1).locator('.cell b');
  const live = (page: Page) => page.locator('.pill[data-state=live]').waitFor(SLOW);
  const receive = async (quantity: number): Promise<void> => {
    const boss = await world.system().client('admin');
    const product_id = await world.system().product(7);
    await eventually(async () => {
      expect((await boss.post('/api/v1/stock', { product_id, store_id: 'MAD-001', quantity_change: quantity, reason: 'RESTOCK' })).status).to.equal(200);
    }, { timeoutMs: 60_000, everyMs: 500 });
  };
  const inPostgres = async (): Promise<string> => {
    const { rows: [row] } = await world.system().sql.query<{ available: number }>(
      'SELECT quantity - reserved AS available FROM stock WHERE product_id = $1 AND store_id = \'MAD-001\'', [await world.system().product(7)]);
    return String(row?.available);
  };
  /** The page has what Postgres has. */
  const right = async (page: Page): Promise<void> => {
    await live(page);
    await cell(page).filter({ hasText: new RegExp(`^${await inPostgres()}$`) }).waitFor(SLOW);
  };
  const board = async (): Promise<Page> => {
    world.system().sql.on('error', () => undefined);
    const page = await world.open(PATH);
    await right(page);
    world.tab().forgive(/Failed to load resource|ERR_/);
    return page;
  };

  it('call the numbers late while the api is frozen, say how old they are, and are right when it wakes up', async () => {
    const page = await board();
    const [api] = world.system().apis;
    await api?.freeze();
    try {
      await page.locator('.pill[data-state=late]').waitFor(SLOW);
      expect(await page.locator('.age').innerText()).to.match(/\d s old/);
    } finally {
      api?.resume();
    }
    await receive(1);
    await right(page);
  });

  it('say that the server does not answer while the api is killed, and miss nothing that was committed meanwhile', async () => {
    const page = await board();
    await world.system().apis[0]?.kill();
    await page.getByText('The numbers do not move. The server does not answer.').waitFor(SLOW);
    await page.getByText('reconnecting in').waitFor(SLOW);
    await world.system().replace('api', 0);
    await receive(1);
    await right(page);
    expect(await page.getByText('The numbers do not move.').count()).to.equal(0);
  });

  it('go on without NATS, while the console says what waits', async () => {
    const page = await board();
    await world.system().nats.kill();
    try {
      await receive(1);
      await right(page);
      await world.tab().close(undefined);
      const ops = await world.open(`${PATH}/ops`);
      await ops.getByText(/^\d+ events? waits?$/).waitFor(SLOW);
      await ops.getByText('events do not come from the stream: the log alone carries the view').waitFor(SLOW);
    } finally {
      await world.system().nats.restart();
    }
    await world.tab().page.getByText('All is well: nothing is behind.').waitFor(SLOW);
  });

  it('go on without Redis, while the console says that nobody vouches for the view', async () => {
    const page = await board();
    await world.system().redis.kill();
    try {
      await receive(1);
      await right(page);
      await world.tab().close(undefined);
      const ops = await world.open(`${PATH}/ops`);
      await ops.getByText('nobody vouches for the view: answers come from the database').waitFor(SLOW);
    } finally {
      await world.system().redis.restart();
    }
    await world.tab().page.getByText('All is well: nothing is behind.').waitFor(SLOW);
  });

  it('say that the database does not answer while it is away, and come back with it', async () => {
    const page = await board();
    address.refuse();
    try {
      await page.locator('.pill[data-state=late], .pill[data-state=reconnecting]').waitFor(SLOW);
      await world.tab().close(undefined);
      const other = await world.open(PATH);
      world.tab().forgive(/Failed to load resource|ERR_/);
      await other.getByRole('heading', { name: 'It did not work: dependency_unavailable.' }).waitFor(SLOW);
    } finally {
      address.heal();
    }
    await receive(1);
    const other = world.tab().page;
    await eventually(async () => {
      const again = other.getByRole('button', { name: 'Try again' });
      if (await again.count() > 0) await again.click();
      expect(await cell(other).count()).to.equal(1);
    }, { timeoutMs: 60_000, everyMs: 1000 });
    await right(other);
  });

  it('show what the new server has when a standby without the newest change was promoted and accepted', async () => {
    const page = await board();
    const newest = async (service: Service): Promise<number> => {
      const client = new pg.Client({ connectionString: Object.assign(new URL(world.system().databaseUrl), { port: String(service.port) }).href });
      await client.connect();
      return client.query<{ n: number }>('SELECT max(position)::int AS n FROM events').then(({ rows }) => rows[0]?.n ?? 0).finally(() => client.end());
    };
    await eventually(async () => { expect(await newest(standby)).to.equal(await newest(primary)); }, { timeoutMs: 30_000 });
    const [leader] = world.system().relays;
    await leader?.freeze();
    replication.blackhole();
    await receive(500);
    await right(page);
    address.refuse();
    replication.refuse();
    const admin = new pg.Client({ connectionString: standby.url });
    await admin.connect();
    await admin.query('SELECT pg_promote(true, 30)').finally(() => admin.end());
    address.retarget(standby.port);
    address.heal();
    leader?.resume();
    await receive(4);
    await world.system().command('packages/relay/main.ts', ['reconcile', '--promoted', '--yes']);
    await right(page);
  });
});
