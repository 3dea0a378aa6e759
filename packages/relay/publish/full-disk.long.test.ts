/** The disk under nats-server is full: what the relay says of it, and what it takes until events are published again. */
import { expect } from 'chai';
import { setTimeout as delay } from 'node:timers/promises';
import { addStockRows, appendStockEvents } from '@inventory/testkit/log/fixture.ts';
import type { TestProcess } from '@inventory/testkit/processes/processes.ts';
import { fetchNats210, findNats29 } from '@inventory/testkit/servers/nats-versions.ts';
import { inContainers, startNats } from '@inventory/testkit/servers/services.ts';
import { makeSmallDisk, noSmallDisk } from '@inventory/testkit/servers/small-disk.ts';
import type { SmallDisk } from '@inventory/testkit/servers/small-disk.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { createRelays } from '../testing/relays.ts';
import type { Relays } from '../testing/relays.ts';

type Program = Exclude<ReturnType<typeof findNats29>, { readonly missing: string }>;

const DISK_MEBIBYTES = 64;
const EVENTS = 2000;
const SLOW = { timeoutMs: 60_000, everyMs: 250 };

const noDisk = inContainers ? 'a server in a container has a disk of its own' : noSmallDisk();
const [older, newer] = noDisk === '' ? [findNats29(), await fetchNats210()] : [{ missing: noDisk }, { missing: noDisk }];

describe('a relay, while the disk under nats-server is full', function () {
  this.timeout(240_000);
  let disk: SmallDisk;
  let relays: Relays;
  let relay: TestProcess;

  /** Everything that was written before is published; then the disk is full, and more is written. */
  async function fill(binary: Program): Promise<void> {
    disk = await makeSmallDisk(DISK_MEBIBYTES);
    relays = await createRelays({ nats: await startNats({ parent: disk.path, binary }) });
    relay = await relays.start();
    const stockIds = await addStockRows(relays.workbench.pool, { rows: 10 });
    await appendStockEvents(relays.workbench.pool, { stockIds, each: 20 });
    await relays.everythingPublished();
    await disk.fill();
    await appendStockEvents(relays.workbench.pool, { stockIds, each: EVENTS / 10 });
  }
  async function end(): Promise<void> {
    await disk.free();
    await relays.close();
    await disk.remove();
  }
  const unpublished = async (): Promise<number> => {
    const { rows: [row] } = await relays.workbench.pool.query<{ left: number }>('SELECT count(*)::int AS left FROM events WHERE NOT events.processed');
    return row?.left ?? -1;
  };
  /** How many publishes have failed in a way, as the alert StreamFull counts them. */
  const failed = async (kind: string): Promise<number> => {
    const text = await (await fetch(`http://127.0.0.1:${relay.opsPort}/metrics`)).text();
    return Number(new RegExp(`^relay_publish_errors_total{class="${kind}",.*} (\\d+)$`, 'm').exec(text)?.[1] ?? 0);
  };
  const statusSays = (words: RegExp) => eventually(async () => {
    const { code, said } = await relays.run(['status']);
    expect(said).to.match(words);
    expect(code).to.equal(1);
  }, SLOW);
  const test = (what: string, found: Program | { readonly missing: string }, work: () => Promise<void>): void => {
    if ('missing' in found) {
      it.skip(`${what} (skipped: ${found.missing})`);
      return;
    }
    it(what, async () => {
      await fill(found);
      await work().finally(end);
    });
  };

  test('is refused by nats-server 2.10, which StreamFull counts, and goes on by itself when there is room', newer, async () => {
    await relays.becomesUnready(relay, /publishing/);
    await statusSays(/publishes nothing: .*no space left on device/);
    expect(await failed('full')).to.be.above(0);
    expect(await unpublished()).to.be.within(EVENTS - 100, EVENTS);
    await disk.free();
    await eventually(async () => { expect(await unpublished()).to.equal(0); }, SLOW);
    await relays.becomesReady(relay);
    await relays.expectOneCopyEach();
  });

  test('hears nothing from nats-server 2.9, which hangs until it is killed, and goes on then', older, async () => {
    await relays.becomesUnready(relay, /publishing/);
    await statusSays(/JetStream does not answer: TIMEOUT/);
    expect(await failed('full')).to.equal(0);
    await disk.free();
    // More than twice what 2.10 is given; NobodyPublishes has called by then.
    await delay(60_000);
    await statusSays(/JetStream does not answer: TIMEOUT/);
    expect(await unpublished()).to.be.within(EVENTS - 100, EVENTS);
    // It does not follow SIGTERM either, so this ends with SIGKILL.
    await relays.server.restart();
    await eventually(async () => { expect(await unpublished()).to.equal(0); }, SLOW);
    await relays.becomesReady(relay);
    await relays.expectOneCopyEach();
  });
});
