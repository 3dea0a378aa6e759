import { expect } from 'chai';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DiscardPolicy } from 'nats';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { addStockRows, appendStockEvents } from '@inventory/testkit/log/fixture.ts';
import type { TestProcess } from '@inventory/testkit/processes/processes.ts';
import { inContainers } from '@inventory/testkit/servers/services.ts';
import { haltWithConsumers } from '../testing/halted-store.ts';
import { createRelays } from '../testing/relays.ts';
import type { Relays } from '../testing/relays.ts';
import { readStream } from '../testing/workbench.ts';

const SUBJECTS = ['stock.>', 'reservation.>', 'product.>', 'store.>'];

describe('a relay whose broker is full, or has lost its store', () => {
  let relays: Relays;
  let stockIds: readonly string[];
  beforeEach(async () => {
    relays = await createRelays();
    stockIds = await addStockRows(relays.workbench.pool, { rows: 10 });
  });
  afterEach(() => relays.close());

  const append = (each: number) => appendStockEvents(relays.workbench.pool, { stockIds, each });
  const store = (): string => join(relays.server.local?.dir ?? '', 'jetstream');
  const metric = async (relay: TestProcess, name: string): Promise<number> => {
    const text = await (await fetch(`http://127.0.0.1:${relay.opsPort}/metrics`)).text();
    return Number(new RegExp(`^${name}{.*} (\\S+)$`, 'm').exec(text)?.[1]);
  };
  const from = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, i) => first + i);

  it('pauses at max_bytes, marks and parks nothing beyond, and goes on when there is room', async function () {
    this.timeout(180_000);
    const { workbench } = relays;
    await workbench.jsm.streams.add({ name: 'INVENTORY', subjects: SUBJECTS, discard: DiscardPolicy.New, max_bytes: 60_000 });
    const relay = await relays.start();
    await append(100);
    await relays.becomesUnready(relay, /publishing/);
    await append(100);
    await eventually(async () => { expect(await metric(relay, 'relay_backlog_events')).to.be.above(1500); });
    const { messages } = (await workbench.jsm.streams.info('INVENTORY')).state;
    expect(messages).to.be.within(10, 200);
    const { rows: [counted] } = await workbench.pool.query<{ marked: string; parked: string }>(
      `SELECT (SELECT count(*) FROM events e WHERE e.processed) AS marked, (SELECT count(*) FROM relay_parked) AS parked`);
    expect([Number(counted?.marked), Number(counted?.parked)]).to.deep.equal([messages, 0]);
    await workbench.jsm.streams.update('INVENTORY', { max_bytes: -1 });
    await relays.becomesReady(relay);
    await relays.expectOneCopyEach();
  });

  const itWithFiles = inContainers ? it.skip : it;
  const skipped = inContainers ? ' (skipped: the files of a server in a container are out of reach)' : '';

  itWithFiles(`stops when its store was removed; reconcile --repair gives consumers what they need${skipped}`, async function () {
    this.timeout(180_000);
    const relay = await relays.start();
    await append(20);
    await relays.everythingPublished();
    const before = await readStream(relays.workbench.nats);
    await relays.server.kill();
    await rm(store(), { recursive: true });
    await relays.server.restart();
    await append(5);
    await relays.becomesUnready(relay, /publishing|role/);
    await relay.waitForLog(({ error }) => /the stream INVENTORY is gone, which was made /.test(JSON.stringify(error ?? '')));
    const repaired = await relays.run(['reconcile', '--repair']);
    expect(repaired.code, repaired.said).to.equal(0);
    await relays.becomesReady(relay);
    await relays.expectOneCopyEach();
    // The last seven days in the order of the log, and what was written meanwhile.
    const stored = await readStream(relays.workbench.nats);
    expect(stored).to.have.length(250);
    expect(stored.slice(0, 200).map(({ id }) => id)).to.deep.equal(before.map(({ id }) => id));
    expect(stored.filter(({ repair }) => repair)).to.have.length(0);
  });

  itWithFiles(`refills a store put back from an older copy: no durable misses or repeats an event${skipped}`, async function () {
    this.timeout(180_000);
    const { workbench, server } = relays;
    const copy = await mkdtemp(join(tmpdir(), 'relay-store-copy-'));
    try {
      const relay = await relays.start();
      await append(30);
      await relays.everythingPublished();
      expect(await workbench.consume(300, 'caught-up')).to.deep.equal(from(1, 300));
      expect(await workbench.consume(120, 'behind')).to.deep.equal(from(1, 120));
      await haltWithConsumers(server);
      await cp(store(), copy, { recursive: true });
      await server.restart();
      await relays.becomesReady(relay);
      await append(40);
      await relays.everythingPublished();

      await server.kill();
      await rm(store(), { recursive: true });
      await cp(copy, store(), { recursive: true });
      await server.restart();
      await append(10);
      await relays.becomesReady(relay);
      await workbench.reconnected();
      await relays.expectOneCopyEach();
      expect(await metric(relay, 'relay_refilled_total')).to.equal(400);
      expect(await workbench.consume(500, 'caught-up')).to.deep.equal(from(301, 800));
      expect(await workbench.consume(680, 'behind')).to.deep.equal(from(121, 800));
    } finally {
      await rm(copy, { recursive: true, force: true });
    }
  });
});
