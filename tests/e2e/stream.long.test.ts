/** The live feed for long, and for many: what a slow client costs, and whether a thousand viewers see what is there. */
import { EVENTS_CHANNEL } from '@inventory/db/events.ts';
import { bytesHeld, INSPECTED } from '@inventory/bench/system/heap.ts';
import { openStream, rowsOf } from '@inventory/testkit/http/event-stream.ts';
import type { EventStream } from '@inventory/testkit/http/event-stream.ts';
import { addStockRows, appendStockEvents } from '@inventory/testkit/log/fixture.ts';
import { startProxy } from '@inventory/testkit/servers/proxy.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { expect } from 'chai';
import { setTimeout as delay } from 'node:timers/promises';
import { residentBytes } from '../../scripts/lib/process/proc.mjs';
import { startSystem } from './system.ts';
import type { System } from './system.ts';

const STORE = 'MAD-001';
const MB = 1024 * 1024;
const SLOW_MINUTES = 10;

describe('the live feed for long, and for many', function () {
  this.timeout(1_200_000);
  let system: System;
  let stockIds: readonly string[];
  let token: string;
  const open: EventStream[] = [];
  beforeEach(async () => {
    system = await startSystem({
      relays: 0, projectors: 0, env: { STREAM_MAX_PER_USER: '2000', RATE_LIMIT_USER_VENDOR: '1000000' }, apiEnv: () => INSPECTED,
    });
    token = await system.keys.token({ role: 'vendor', userId: 'vendor-1', storeIds: [STORE], expiresIn: '2h' });
    // A store of its own rows: those of the seed are there too, and never change.
    stockIds = await addStockRows(system.sql, { rows: 200, stores: [STORE] });
    await appendStockEvents(system.sql, { stockIds });
  });
  afterEach(async () => {
    for (const stream of open.splice(0)) stream.close();
    await system.stop();
  });

  const api = () => system.apis[0] ?? expect.fail('no api');
  /** Changes rows at a rate, one after the other, for so long. @returns how many changes were made */
  async function change({ perSecond, forMs, eachMs }: { readonly perSecond: number; readonly forMs: number; readonly eachMs: number }): Promise<number> {
    const begun = performance.now();
    let made = 0;
    while (performance.now() < begun + forMs) {
      const due = Math.min(stockIds.length, Math.floor(((performance.now() - begun) / 1000) * perSecond) + 1 - made);
      if (due > 0) {
        await appendStockEvents(system.sql, { stockIds: Array.from({ length: due }, (_, nth) => stockIds[(made + nth) % stockIds.length] ?? '') });
        await system.sql.query(`NOTIFY ${EVENTS_CHANNEL}`);
        made += due;
      }
      await delay(eachMs);
    }
    return made;
  }
  const versions = async (): Promise<Readonly<Record<string, number>>> => {
    const { rows } = await system.sql.query<{ row: string; version: number }>(
      `SELECT product_id || ' ' || store_id AS row, version FROM stock WHERE store_id = $1`, [STORE]);
    return Object.fromEntries(rows.map(({ row, version }) => [row, version]));
  };
  const versionsAt = (stream: EventStream): Readonly<Record<string, unknown>> =>
    Object.fromEntries([...rowsOf(stream)].map(([row, { version }]) => [row, version]));

  it(`keeps a client of 1 KB/s for ${SLOW_MINUTES} minutes under 2 000 changes a second with its memory flat, and gives it the last state`, async () => {
    const proxy = await startProxy({ targetPort: api().port });
    try {
      const slow = await openStream(`http://127.0.0.1:${proxy.port}/api/v1/stream?store_ids=${STORE}`, { token });
      open.push(slow);
      await eventually(() => { expect(slow.of('snapshot')).to.have.length(1); }, { timeoutMs: 20_000 });
      // Each byte takes a millisecond from now on, and nothing is read ahead.
      proxy.transform((chunk, direction) => (direction === 'to_client' ? chunk.length : chunk));
      await change({ perSecond: 2000, forMs: 60_000, eachMs: 50 });
      const [held, resident] = [await bytesHeld(api()), residentBytes(api().pid) ?? 0];
      const made = await change({ perSecond: 2000, forMs: (SLOW_MINUTES - 1) * 60_000, eachMs: 50 });
      const grown = await bytesHeld(api()) - held;
      process.stdout.write(`      ${made} more changes: the api holds ${(grown / MB).toFixed(1)} MB more, ${(((residentBytes(api().pid) ?? 0) - resident) / MB).toFixed(0)} MB more are resident\n`);
      expect(Math.abs(grown)).to.be.below(20 * MB);
      proxy.transform(undefined);
      const last = await versions();
      await eventually(() => { expect(versionsAt(slow)).to.deep.equal(last); }, { timeoutMs: 300_000, everyMs: 1000 });
    } finally {
      await proxy.close();
    }
  });

  it('shows a thousand viewers at 50 changes a second the last state of every row', async () => {
    for (let nth = 0; nth < 1000; nth += 1) open.push(await openStream(`http://127.0.0.1:${api().port}/api/v1/stream?store_ids=${STORE}`, { token }));
    await change({ perSecond: 50, forMs: 20_000, eachMs: 5 });
    const last = await versions();
    await eventually(() => { for (const stream of open) expect(versionsAt(stream)).to.deep.equal(last); }, { timeoutMs: 120_000, everyMs: 500 });
    process.stdout.write(`      ${open.reduce((sum, stream) => sum + stream.of('stock').length, 0)} frames\n`);
    expect(open.every((stream) => !stream.ended())).to.equal(true);
  });
});
