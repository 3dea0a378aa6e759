import { expect } from 'chai';
import { connect } from 'nats';
import { TEST_EPOCH } from '@inventory/db/testing/database.ts';
import { decodeSeal } from '@inventory/view/codec.ts';
import { WATERMARK_KEY } from '@inventory/view/keys.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { appendStockEvents } from '@inventory/testkit/log/fixture.ts';
import { spawnProcess, startProcess } from '@inventory/testkit/processes/processes.ts';
import type { TestProcess } from '@inventory/testkit/processes/processes.ts';
import { startNats } from '@inventory/testkit/servers/services.ts';
import type { Service } from '@inventory/testkit/servers/service.ts';
import { startWriters } from '@inventory/testkit/log/writers.ts';
import { STREAM } from '@inventory/domain/subjects.ts';
import { DURABLE } from '../consume/binding.ts';
import { addProducts, createWorkbench, dumpView, expectedView } from '../testing/workbench.ts';
import type { Workbench } from '../testing/workbench.ts';

describe('projector processes', function () {
  this.timeout(60_000);
  let workbench: Workbench;
  let broker: Service;
  let started: TestProcess[];

  beforeEach(async () => {
    [workbench, broker] = await Promise.all([createWorkbench(), startNats()]);
    started = [];
  });
  afterEach(async () => {
    await Promise.all(started.map((process) => process.kill()));
    await broker.stop();
    await workbench.close();
  });

  const env = (more: Readonly<Record<string, string>> = {}) =>
    ({ DATABASE_URL: workbench.url, REDIS_URL: workbench.server.url, NATS_URL: broker.url, ...more });

  async function start(command: 'projector' | 'relay', more: Readonly<Record<string, string>> = {}): Promise<TestProcess> {
    const process = await startProcess({ command, args: ['run'], env: env(more) });
    started.push(process);
    return process;
  }

  async function expectWholeView(timeoutMs = 20_000): Promise<void> {
    await eventually(async () => {
      const view = new Map(await dumpView(workbench.redis, TEST_EPOCH));
      view.delete('stores');
      expect([...view]).to.deep.equal([...await expectedView(workbench.pool)]);
    }, { timeoutMs, everyMs: 200, what: 'every field as its row is' });
  }

  async function sealed(): Promise<void> {
    await eventually(async () => { expect(await workbench.redis.exists(WATERMARK_KEY)).to.equal(1); },
      { timeoutMs: 20_000, what: 'a watermark' });
  }

  async function metric(process: TestProcess, name: string): Promise<number> {
    const text = await (await fetch(`http://127.0.0.1:${process.opsPort}/metrics`)).text();
    return Number(text.split('\n').find((line) => line.startsWith(name))?.split(' ').at(-1) ?? 0);
  }

  it('share the stream, and lose nothing when one of them is killed after a write and before its acknowledgement', async () => {
    const stockIds = await addProducts(workbench.pool, 20);
    await appendStockEvents(workbench.pool, { stockIds });
    await start('relay');
    const doomed = await start('projector', { TEST_FAULT_POINT: 'consume.written@15' });
    await start('projector');
    await sealed();
    const writers = startWriters(workbench.pool, { stockIds });
    expect((await doomed.exited).signal).to.equal('SIGKILL');
    const heir = await start('projector');
    await eventually(async () => {
      expect(await metric(heir, 'projector_events_total{path="stream",result="stale"')).to.be.above(0);
    }, { timeoutMs: 20_000, what: 'the heir at work' });
    await writers.stop();
    await expectWholeView();

    const nats = await connect({ servers: broker.url });
    const jsm = await nats.jetstreamManager();
    const { rows } = await workbench.pool.query<{ events: number }>('SELECT count(*)::int AS events FROM events');
    await eventually(async () => {
      const { ack_floor, num_pending, num_ack_pending } = await jsm.consumers.info(STREAM, DURABLE);
      expect([ack_floor.stream_seq, num_pending, num_ack_pending]).to.deep.equal([rows[0]?.events, 0, 0]);
    }, { timeoutMs: 20_000, what: 'every message acknowledged' });
    await nats.close();
  });

  it('carry the view from the log alone while NATS is away, and seal at once when told of an event', async () => {
    await broker.kill();
    const stockIds = await addProducts(workbench.pool, 2);
    await appendStockEvents(workbench.pool, { stockIds });
    await start('projector');
    await sealed();
    await expectWholeView();

    await appendStockEvents(workbench.pool, { stockIds });
    await workbench.pool.query('NOTIFY inventory_events');
    const toldAt = performance.now();
    await eventually(async () => {
      const [, fields] = [...await dumpView(workbench.redis, TEST_EPOCH)].at(0) ?? [];
      expect(fields).to.match(/"2:2:0:0:0"/);
    }, { everyMs: 1, timeoutMs: 5_000, what: 'the event in the view' });
    process.stdout.write(`      visible ${(performance.now() - toldAt).toFixed(1)} ms after the notification\n`);

    await broker.restart();
    await start('relay');
    await appendStockEvents(workbench.pool, { stockIds });
    await expectWholeView();
  });

  it('seal nothing when a sealer wakes up from a freeze', async () => {
    await appendStockEvents(workbench.pool, { stockIds: await addProducts(workbench.pool, 1) });
    const sleeper = await start('projector', { TEST_FAULT_POINT: 'stop:seal.before_watermark@5' });
    // It stops itself in its fifth cycle; what that cycle has read is too old two seconds after the fourth's seal.
    await eventually(() => { expect(sleeper.state()).to.equal('T'); }, { timeoutMs: 20_000, everyMs: 5, what: 'the freeze' });
    const frozenAt = performance.now();
    await eventually(() => { expect(performance.now() - frozenAt).to.be.above(2_000); });
    const wokenAt = Date.now();
    sleeper.resume();
    const seal = await eventually(async () => decodeSeal(String(await workbench.redis.get(WATERMARK_KEY))),
      { everyMs: 1, timeoutMs: 20_000, what: 'a watermark' });
    expect(seal.atMs, 'the first one is of a cycle that began after the freeze').to.be.at.least(wokenAt);
  });

  it('let another one seal while the one that holds the lock is frozen', async () => {
    await appendStockEvents(workbench.pool, { stockIds: await addProducts(workbench.pool, 1) });
    await start('projector', { TEST_FAULT_POINT: 'stop:seal.before_watermark@5' });
    const other = await start('projector');
    await eventually(async () => {
      expect(await metric(other, 'projector_seals_total{outcome="sealed"')).to.be.above(5);
    }, { timeoutMs: 20_000 });
    await sealed();
  });

  it('start while everything is away, become ready when it is there, and stop in good order', async () => {
    await broker.kill();
    await workbench.server.kill();
    const projector = await start('projector');
    const ready = () => fetch(`http://127.0.0.1:${projector.opsPort}/readyz`).then(({ status }) => status);
    expect(await ready()).to.equal(503);
    await workbench.server.restart();
    await eventually(async () => { expect(await ready()).to.equal(200); }, { timeoutMs: 20_000, what: 'readiness' });
    await eventually(async () => {
      const { rows } = await workbench.pool.query<{ report: unknown }>(`SELECT report FROM process_reports WHERE process = 'projector'`);
      expect(rows[0]?.report).to.include({ epoch: 1, position: 0, outcome: 'sealed', stream: null });
      expect(rows[0]?.report).to.have.nested.property('verified.round_products', 0);
    }, { what: 'a report' });
    expect(await projector.stop()).to.deep.equal({ code: 0, signal: null });
  });

  it('show their state and rebuild as commands, and refuse a wrong configuration', async () => {
    await appendStockEvents(workbench.pool, { stockIds: await addProducts(workbench.pool, 3) });
    const run = async (args: readonly string[], more: Readonly<Record<string, string>> = env()) => {
      const command = await spawnProcess({ command: 'projector', args, env: more });
      const { code } = await command.exited;
      return { code, lines: command.noise };
    };
    expect((await run(['status', '--json'])).code, 'not sealed').to.equal(1);
    const rebuilt = await run(['rebuild', '--json']);
    expect(rebuilt.code, rebuilt.lines.join('\n')).to.equal(0);
    expect(JSON.parse(rebuilt.lines.at(-1) ?? '')).to.include({ event: 'done', products: 3, fields: 12, open: 0, position: 9 });
    await expectWholeView();
    const status = await run(['status', '--json']);
    expect(JSON.parse(status.lines.at(-1) ?? '')).to.include({ epoch: 1, position: 9, settled: 9, watermark: null });
    const refused = await run(['run'], { DATABASE_URL: 'mysql://x', LOG_LEVEL: 'loud' });
    expect(refused.code).to.equal(2);
    expect(refused.lines.join('\n')).to.match(/DATABASE_URL/).and.match(/REDIS_URL/).and.match(/NATS_URL/).and.match(/LOG_LEVEL/);
    expect((await run(['rebuild', '--fast'])).code).to.equal(2);
  });
});
