import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { DiscardPolicy, headers } from 'nats';
import { z } from 'zod';
import { addStockRows, appendStockEvents } from '@inventory/testkit/log/fixture.ts';
import type { TestProcess } from '@inventory/testkit/processes/processes.ts';
import { startProxy } from '@inventory/testkit/servers/proxy.ts';
import { inContainers, startNats } from '@inventory/testkit/servers/services.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { createRelays } from '../testing/relays.ts';
import type { Relays } from '../testing/relays.ts';

const SUBJECTS = ['stock.>', 'reservation.>', 'product.>', 'store.>'];
const answer = z.object({ problems: z.array(z.string()) });

describe('relay status, while the relays that run publish nothing', function () {
  this.timeout(180_000);
  let relays: Relays;
  let stockIds: readonly string[];
  let folder: string;
  before(async () => { folder = await mkdtemp(join(tmpdir(), 'relay-status-')); });
  after(() => rm(folder, { recursive: true }));
  beforeEach(async () => {
    relays = await createRelays();
    stockIds = await addStockRows(relays.workbench.pool, { rows: 10 });
  });
  afterEach(() => relays.close());

  const append = (each: number) => appendStockEvents(relays.workbench.pool, { stockIds, each });
  const gauge = async (relay: TestProcess, name: string): Promise<number> => {
    const text = await (await fetch(`http://127.0.0.1:${relay.opsPort}/metrics`)).text();
    return Number(new RegExp(`^${name}{.*} (\\S+)$`, 'm').exec(text)?.[1]);
  };
  const says = (code: number, problem?: RegExp) => eventually(async () => {
    const status = await relays.run(['status', '--json']);
    const { problems } = answer.parse(JSON.parse(status.said));
    expect(status.code, status.said).to.equal(code);
    if (problem !== undefined) expect(problems.join('\n')).to.match(problem);
  }, { timeoutMs: 40_000, everyMs: 250 });
  /** Three looks within the time in which a relay in conflict gives the lead up and takes it again. */
  const staysSo = async (code: number, running: readonly TestProcess[]): Promise<void> => {
    for (let look = 0; look < 3; look += 1) {
      expect((await relays.run(['status'])).code, `look ${look}`).to.equal(code);
      for (const relay of running) expect(await gauge(relay, 'relay_publishing')).to.equal(0);
    }
  };

  it('says that they are in conflict with the stream, each time that it is asked, until they are not', async () => {
    const running = [await relays.start({ INSTANCE_ID: 'relay-a' }), await relays.start({ INSTANCE_ID: 'relay-b' })];
    await append(2);
    await relays.everythingPublished();
    await says(0);
    // An event of ours that the log does not have: as if the log had gone back in time.
    const unknown = headers();
    for (const [name, value] of [['ce-source', '/inventory'], ['ce-id', randomUUID()], ['ce-sequence', '7']] as const) unknown.set(name, value);
    await relays.workbench.nats.jetstream().publish('stock.updated.MAD-001', '{}', { headers: unknown });
    await append(2);
    await says(1, /relay-[ab] \((leader|standby|none)\) (publishes nothing|could not publish): .*which the log does not know/);
    await staysSo(1, running);
    for (const relay of running) await relays.becomesUnready(relay, /publishing/);
    const restored = await relays.run(['reconcile', '--restored', '--no-erasures', '--save', join(folder, 'unknown.jsonl')]);
    expect(restored.code, restored.said).to.equal(0);
    await says(0);
    expect(await Promise.all(running.map((relay) => gauge(relay, 'relay_publishing'))).then((both) => both.sort())).to.deep.equal([0, 1]);
  });

  it('says that the stream is full, and goes on saying so', async () => {
    await relays.workbench.jsm.streams.add({ name: 'INVENTORY', subjects: SUBJECTS, discard: DiscardPolicy.New, max_bytes: 60_000 });
    const relay = await relays.start({ INSTANCE_ID: 'relay-a' });
    await append(100);
    await says(1, /relay-a \(leader\) publishes nothing: .*maximum bytes exceeded[^]*the stream is full: \d+ of 60000 bytes/);
    await staysSo(1, [relay]);
    await relays.workbench.jsm.streams.update('INVENTORY', { max_bytes: -1 });
    await relays.becomesReady(relay);
    await eventually(async () => { expect(await gauge(relay, 'relay_publishing')).to.equal(1); });
  });

  it('says that the one that leads is cut off, although there is nothing to publish', async () => {
    const way = await startProxy({ targetPort: relays.server.port });
    try {
      const relay = await relays.start({ INSTANCE_ID: 'relay-a', NATS_URL: `nats://127.0.0.1:${way.port}` });
      await relays.leads(relay);
      await says(0);
      way.blackhole();
      await says(1, /relay-a \(\w+\) (publishes nothing|could not publish): |relay-a leads and publishes nothing yet/);
      await staysSo(1, [relay]);
      way.heal();
      await says(0);
    } finally {
      await way.close();
    }
  });

  const itWithConfig = inContainers ? it.skip : it;
  itWithConfig(`names the right that NATS refuses${inContainers ? ' (skipped: a container takes no configuration of ours)' : ''}`, async () => {
    const config = join(folder, 'nats.conf');
    const rights = (deny: string) => writeFile(config, `authorization { users = [{ user: relay, password: secret,
      permissions: { publish: { deny: [${deny}] } } }] }\n`);
    await rights('"stock.>"');
    const server = await startNats({ args: ['-c', config], users: false });
    try {
      const env = { NATS_URL: server.url.replace('nats://', 'nats://relay:secret@') };
      await append(1);
      const relay = await relays.start({ ...env, INSTANCE_ID: 'relay-a' });
      await eventually(async () => {
        const checks = await (await fetch(`http://127.0.0.1:${relay.opsPort}/readyz?verbose`)).text();
        expect(checks).to.match(/this user of NATS may not publish to stock\./);
      }, { timeoutMs: 15_000 });
      // It reads what the relay last reported, which may be from before the refusal.
      await eventually(async () => {
        const status = await relays.run(['status'], env);
        expect(status.said).to.match(/^! relay-a \(\w+\) .*this user of NATS may not publish to stock\./m);
        expect(status.code).to.equal(1);
      }, { timeoutMs: 15_000 });
      await rights('"nothing.of.ours"');
      await server.restart();
      await relays.becomesReady(relay);
    } finally {
      await server.stop();
    }
  });

  it('says within seconds that somebody has changed the settings of the stream', async () => {
    const relay = await relays.start({ INSTANCE_ID: 'relay-a' });
    await append(2);
    await relays.everythingPublished();
    await relays.workbench.jsm.streams.update('INVENTORY', { max_msgs: 10, discard: DiscardPolicy.Old });
    await relay.waitForLog(({ message, drift }) => message === 'the configuration of the stream' && /discard is "old"/.test(String(drift)));
    expect(await gauge(relay, 'relay_stream_drift_settings')).to.equal(2);
    expect(await gauge(relay, 'relay_publishing'), 'it goes on').to.equal(1);
    await says(1, /stream: discard is "old", not "new"[^]*stream: max_msgs is 10, not -1/);
    await relays.workbench.jsm.streams.update('INVENTORY', { max_msgs: -1, discard: DiscardPolicy.New });
    await eventually(async () => { expect(await gauge(relay, 'relay_stream_drift_settings')).to.equal(0); }, { timeoutMs: 15_000 });
    await says(0);
  });
});
