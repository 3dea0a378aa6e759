import { expect } from 'chai';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { addStockRows, appendStockEvents } from '@inventory/testkit/log/fixture.ts';
import { startProxy } from '@inventory/testkit/servers/proxy.ts';
import type { Proxy } from '@inventory/testkit/servers/proxy.ts';
import { createRelays } from '../testing/relays.ts';
import type { Relays } from '../testing/relays.ts';

describe('a relay whose servers fail', () => {
  let relays: Relays;
  let proxies: Proxy[];
  beforeEach(async () => {
    proxies = [];
    relays = await createRelays();
  });
  afterEach(async () => {
    await relays.close();
    for (const proxy of proxies) await proxy.close();
  });

  const between = async (url: string): Promise<{ readonly proxy: Proxy; readonly url: string }> => {
    const target = new URL(url);
    const proxy = await startProxy({ targetPort: Number(target.port) });
    proxies.push(proxy);
    target.host = `127.0.0.1:${proxy.port}`;
    return { proxy, url: target.href };
  };
  const becomesReady: Relays['becomesReady'] = (relay) => relays.becomesReady(relay);
  const becomesUnready: Relays['becomesUnready'] = (relay, reason) => relays.becomesUnready(relay, reason);

  it('publishes one copy each while NATS is killed and started again, under load', async function () {
    this.timeout(180_000);
    const relay = await relays.start();
    const writing = await relays.writers();
    for (let round = 0; round < 3; round += 1) {
      const before = writing.committed();
      await eventually(() => { expect(writing.committed()).to.be.above(before + 50); });
      await relays.server.kill();
      await becomesUnready(relay, /nats/);
      await relays.server.restart();
      await becomesReady(relay);
    }
    await writing.stop();
    await relays.expectOneCopyEach();
  });

  it('publishes one copy each when NATS freezes for longer than every timeout', async function () {
    this.timeout(180_000);
    const relay = await relays.start();
    const writing = await relays.writers();
    await eventually(() => { expect(writing.committed()).to.be.above(50); });
    await relays.server.freeze();
    await becomesUnready(relay, /publishing/);
    // The client's pings have gone unanswered too.
    await becomesUnready(relay, /nats/);
    const before = writing.committed();
    await eventually(() => { expect(writing.committed(), 'writes go on').to.be.above(before + 200); });
    await relays.server.resume();
    await becomesReady(relay);
    await writing.stop();
    await relays.expectOneCopyEach();
  });

  it('publishes one copy each when what NATS answers is swallowed: every outcome is unknown', async function () {
    this.timeout(180_000);
    const { proxy, url } = await between(relays.server.url);
    const relay = await relays.start({ NATS_URL: url });
    const writing = await relays.writers();
    await eventually(() => { expect(writing.committed()).to.be.above(50); });
    proxy.dropReplies();
    await becomesUnready(relay, /publishing|nats/);
    proxy.heal();
    await becomesReady(relay);
    await writing.stop();
    await relays.expectOneCopyEach();
  });

  it('stops publishing when its Postgres is cut off, and one that is not leads in its place', async function () {
    this.timeout(180_000);
    const { proxy, url } = await between(relays.workbench.url);
    const first = await relays.start({ DATABASE_URL: url });
    await relays.leads(first);
    const second = await relays.start();
    const writing = await relays.writers();
    await eventually(() => { expect(writing.committed()).to.be.above(50); });
    proxy.blackhole();
    await relays.leads(second);
    await becomesUnready(first, /role/);
    proxy.heal();
    await first.waitForLog(({ message }) => message === 'standby');
    await writing.stop();
    await relays.expectOneCopyEach();
  });

  it('says so and publishes nothing when its stream is removed, and does not make a new one', async function () {
    this.timeout(120_000);
    const { workbench } = relays;
    const stockIds = await addStockRows(workbench.pool, { rows: 10 });
    await appendStockEvents(workbench.pool, { stockIds, each: 10 });
    const relay = await relays.start();
    await relays.everythingPublished();
    await workbench.jsm.streams.delete('INVENTORY');
    await appendStockEvents(workbench.pool, { stockIds });
    await becomesUnready(relay, /publishing|role/);
    const said = await relay.waitForLog(({ message, error }) => message === 'leadership failed, repeating'
      && JSON.stringify(error).includes('the stream INVENTORY is gone'));
    expect(said.level).to.equal('error');
    expect(await workbench.jsm.streams.list().next()).to.deep.equal([]);
    const { count } = await workbench.db.selectFrom('events_unpublished').select(({ fn }) => fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow();
    expect(count).to.equal(10);
  });
});
