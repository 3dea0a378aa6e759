/**
 * Two primaries at once: a relay still talks to the former one when the other is accepted. Two databases of one server stand for
 * the two, because what separates them is the epoch and not the machine.
 */
import { expect } from 'chai';
import pg from 'pg';
import { createTestPool } from '@inventory/db/testing/database.ts';
import { addStockRows, appendStockEvents } from '@inventory/testkit/log/fixture.ts';
import type { TestProcess } from '@inventory/testkit/processes/processes.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { createRelays } from '../testing/relays.ts';
import type { Relays } from '../testing/relays.ts';

describe('a relay that still talks to the former primary', function () {
  this.timeout(180_000);
  let relays: Relays;
  let next: { readonly url: string; readonly pool: pg.Pool };
  let stockIds: readonly string[];
  let drop: () => Promise<unknown>;

  beforeEach(async () => {
    relays = await createRelays();
    const { url, pool } = relays.workbench;
    stockIds = await addStockRows(pool, { rows: 5 });
    await appendStockEvents(pool, { stockIds, each: 4 });
    const first = await relays.start();
    await relays.everythingPublished();
    await first.stop();
    const [from, to] = [new URL(url).pathname.slice(1), `${new URL(url).pathname.slice(1)}_next`];
    const admin = new pg.Client({ connectionString: Object.assign(new URL(url), { pathname: '/postgres' }).href });
    await admin.connect();
    // Nobody may be connected to what is copied.
    await eventually(async () => {
      await admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [from]);
      await admin.query(`CREATE DATABASE ${to} TEMPLATE ${from}`);
    });
    next = { url: Object.assign(new URL(url), { pathname: `/${to}` }).href, pool: createTestPool(Object.assign(new URL(url), { pathname: `/${to}` }).href) };
    drop = () => admin.query(`DROP DATABASE ${to} WITH (FORCE)`).finally(() => admin.end());
  });
  afterEach(async () => {
    await relays.close();
    await next.pool.end();
    await drop();
  });

  /** What `relay reconcile --promoted --yes` does to the log and the stream. */
  async function accept(): Promise<void> {
    await next.pool.query('UPDATE log_epoch SET epoch = epoch + 1');
    await next.pool.query('UPDATE relay_stream SET epoch = epoch + 1');
    const { rows: [row] } = await next.pool.query<{ epoch: number }>('SELECT epoch FROM log_epoch');
    await relays.workbench.jsm.streams.update('INVENTORY', { description: `inventory event log, epoch ${row?.epoch}` });
  }
  /** It looks at the stream each five seconds. */
  const stops = async (relay: TestProcess): Promise<void> => {
    await relay.waitForLog(({ error }) => JSON.stringify(error ?? '').includes('belongs to epoch 2, which was begun on another PostgreSQL'));
    await relays.becomesUnready(relay, /publishing/);
  };
  const lastSequence = async (): Promise<number> => (await relays.workbench.jsm.streams.info('INVENTORY')).state.last_seq;
  const reconcile = async (...args: readonly string[]) => {
    const { code, said } = await relays.run(['reconcile', '--json', ...args], { DATABASE_URL: next.url });
    const summary: unknown = JSON.parse(said.split('\n').find((line) => line.includes('"summary"')) ?? '{}');
    return { code, summary };
  };

  it('stops within seconds of the acceptance, and what it published until then is named as unknown', async () => {
    const former = await relays.start();
    await relays.leads(former);
    await relays.becomesReady(former);
    const before = await lastSequence();
    await accept();
    await appendStockEvents(relays.workbench.pool, { stockIds: stockIds.slice(0, 1) });
    await stops(former);
    const until = await lastSequence();
    expect(until).to.be.within(before, before + 1);
    await appendStockEvents(relays.workbench.pool, { stockIds });
    await new Promise((resolve) => { setTimeout(resolve, 6_000); });
    expect(await lastSequence(), 'it publishes no more').to.equal(until);

    expect(await reconcile()).to.deep.include({ code: until === before ? 0 : 1 }).and.property('summary').include({ unknown: until - before, missing: 0 });
    process.stdout.write(`      published until it stopped: ${until - before}\n`);
  });

  it('is refused by the broker as soon as the relay of the new one has published', async () => {
    const former = await relays.start({ TEST_FAULT_POINT: 'stop:relay.fetched' });
    await relays.leads(former);
    await appendStockEvents(relays.workbench.pool, { stockIds: stockIds.slice(0, 1) });
    await eventually(() => { expect(former.state()).to.equal('T'); });
    // It has a batch in hand, frozen before the first of it is sent.
    await accept();
    await appendStockEvents(next.pool, { stockIds });
    const successor = await relays.start({ DATABASE_URL: next.url });
    await relays.leads(successor);
    await eventually(async () => {
      expect((await next.pool.query('SELECT FROM events WHERE NOT events.processed')).rowCount).to.equal(0);
    });
    const published = await lastSequence();
    former.resume();
    await stops(former);
    expect(await lastSequence()).to.equal(published);
    expect(await reconcile()).to.deep.include({ code: 0 }).and.property('summary').include({ unknown: 0, missing: 0 });
  });
});
