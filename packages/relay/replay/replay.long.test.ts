import { expect } from 'chai';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { addStockRows, appendStockEvents } from '@inventory/testkit/log/fixture.ts';
import type { TestProcess } from '@inventory/testkit/processes/processes.ts';
import { createRelays } from '../testing/relays.ts';
import type { Relays } from '../testing/relays.ts';
import { measureLive } from '../testing/live.ts';
import { readStream } from '../testing/workbench.ts';

type Line = Readonly<Record<string, unknown>>;

const ROWS = 1000;
const EVENTS = 100_000;
const KILLS = 5;

describe('a replay of 100 000 events beside live traffic', () => {
  let relays: Relays;
  beforeEach(async () => {
    relays = await createRelays();
  });
  afterEach(async () => {
    await relays.close();
  });

  const replay = (...args: readonly string[]): Promise<TestProcess> => relays.spawn(['replay', '--json', ...args]);
  const found = (child: TestProcess, wanted: (line: Line) => boolean): Promise<Line> => eventually(() => {
    const line = child.noise.filter((text) => text.startsWith('{')).map((text): Line => JSON.parse(text)).find(wanted);
    if (line === undefined) throw new Error(child.noise.slice(-3).join('\n'));
    return line;
  }, { timeoutMs: 300_000, everyMs: 10 });

  it('killed five times ends with the digest of one that was not, and live events hardly notice', async function () {
    this.timeout(3_600_000);
    const { workbench } = relays;
    const stockIds = await addStockRows(workbench.pool, { rows: ROWS });
    await appendStockEvents(workbench.pool, { stockIds, each: EVENTS / ROWS });
    const [probed = ''] = await addStockRows(workbench.pool, { rows: 1 });
    await relays.start();
    await eventually(async () => {
      expect((await workbench.jsm.streams.info('INVENTORY')).state.last_seq).to.equal(EVENTS);
    }, { timeoutMs: 600_000 });

    const alone = measureLive(workbench, probed);
    await eventually(() => { expect(alone.samples()).to.be.above(300); }, { timeoutMs: 120_000 });
    const without = await alone.stop();

    const beside = measureLive(workbench, probed);
    const first = await replay('--from', 'beginning', '--to', `position:${EVENTS}`);
    const id = String((await found(first, ({ type }) => type === 'begin'))['id']);
    let running = first;
    for (let kill = 1; kill <= KILLS; kill += 1) {
      const enough = (kill * EVENTS) / (KILLS + 1);
      await eventually(async () => {
        expect((await workbench.jsm.streams.info(`REPLAY_${id}`)).state.last_seq).to.be.above(enough);
      }, { timeoutMs: 300_000, everyMs: 5 });
      await running.kill();
      const { state } = await workbench.jsm.streams.info(`REPLAY_${id}`);
      expect(state.last_seq, 'killed on its way').to.be.below(EVENTS);
      running = await replay('--resume', id);
    }
    const summary = await found(running, ({ type }) => type === 'summary');
    const during = await beside.stop();

    const whole = await replay('--from', 'beginning', '--to', `position:${EVENTS}`);
    const uninterrupted = await found(whole, ({ type }) => type === 'summary');
    expect(summary).to.include({ state: 'done', published: EVENTS, digest: uninterrupted['digest'] });
    const stored = await readStream(workbench.nats, `REPLAY_${id}`);
    expect(stored.map(({ position }) => position)).to.deep.equal(Array.from({ length: EVENTS }, (_, i) => i + 1));
    await relays.expectOneCopyEach();
    process.stdout.write(`      commit to live message, p50 and p99 of ${without.samples} without a replay: ${without.p50} and `
      + `${without.p99} ms; of ${during.samples} during it: ${during.p50} and ${during.p99} ms\n`);
  });
});
