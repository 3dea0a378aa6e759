import { expect } from 'chai';
import { addStockRows, appendStockEvents } from '@inventory/testkit/log/fixture.ts';
import { startNats } from '@inventory/testkit/servers/services.ts';
import type { Service } from '@inventory/testkit/servers/service.ts';
import { STREAM } from '@inventory/domain/subjects.ts';
import { compare } from '../reconcile/compare.ts';
import { initialState, publishBatch } from './batch.ts';
import { createWorkbench, drain, readStream, rejection, sequencesInTheLog, streamFaults } from '../testing/workbench.ts';
import type { Workbench } from '../testing/workbench.ts';

const never = new AbortController().signal;

describe('what is in the stream besides ours', () => {
  let server: Service;
  let workbench: Workbench;
  let stockIds: readonly string[];
  before(async () => { server = await startNats(); });
  after(() => server.stop());
  beforeEach(async () => {
    workbench = await createWorkbench(server);
    stockIds = await addStockRows(workbench.pool, { rows: 10 });
  });
  afterEach(() => workbench.close());

  const append = (each = 1) => appendStockEvents(workbench.pool, { stockIds, each });
  const relay = async () => workbench.relay(await workbench.newTerm());
  const publishForeign = async (count: number) => {
    const js = workbench.nats.jetstream();
    await Promise.all(Array.from({ length: count }, (_, i) => js.publish(`stock.updated.MAD-00${i % 9}`, '{"quantity":7}')));
  };
  const ours = async () => (await readStream(workbench.nats)).filter(({ id }) => id !== '');

  it('is stepped over and counted: 1 000 messages before it takes the lead, and 1 000 while it works', async () => {
    const first = await relay();
    await append();
    await drain(first);
    await publishForeign(1000);
    await append();
    const leader = await relay();
    const state = await drain(leader);
    expect(leader.observed.foreign).to.have.length(1000);
    expect(await ours()).to.have.length(20);
    // Marked behind them, the tail ends with a message of ours.
    const successor = await relay();
    await drain(successor);
    expect(successor.observed.foreign).to.have.length(0);

    const strange = publishForeign(1000);
    for (let round = 0; round < 20; round += 1) {
      await append();
      await publishBatch({ ...leader, lead: successor.lead }, state, never).catch(() => undefined);
    }
    await strange;
    await append();
    const last = { ...leader, lead: successor.lead };
    for (let failures = 0; ; failures += 1) {
      const outcome = await drain(last, state).catch((error: unknown) => error);
      if (!(outcome instanceof Error)) break;
      expect(failures, String(outcome)).to.be.below(5);
    }
    expect(await ours()).to.have.length(230);
    expect(await streamFaults(workbench)).to.deep.equal([]);
    expect(leader.observed.parked).to.deep.equal([]);
    const { nats, db, jsm } = workbench;
    const kinds: string[] = [];
    for await (const findings of compare({ db, nats, signal: never }, await jsm.streams.info(STREAM))) kinds.push(...findings.map(({ kind }) => kind));
    expect(new Set(kinds), 'what reconcile lists').to.deep.equal(new Set(['foreign']));
    expect(kinds).to.have.length(2000);
  });

  it('may be a copy of a message of ours, and changes nothing', async () => {
    await append();
    await drain(await relay());
    const { header, subject, data } = await workbench.jsm.streams.getMessage(STREAM, { seq: 7 });
    header.delete('Nats-Expected-Last-Sequence');
    await workbench.nats.jetstream().publish(subject, data, { headers: header });
    await append();
    const leader = await relay();
    await drain(leader);
    expect(leader.observed.foreign).to.deep.equal([{ sequence: 11, subject }]);
    expect(await sequencesInTheLog(workbench)).to.deep.equal([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21]);
  });

  it('may stand where the chain expects a message of ours: what was refused comes behind the rest, and says so', async () => {
    await append();
    const honest = await relay();
    const state = await drain(honest);
    await append();
    await append();
    let strangers = 1;
    const overtaken = {
      ...honest,
      async publish(...args: Parameters<typeof honest.publish>) {
        // The first message is refused, and the second finds the sequence that it expects.
        if (strangers > 0) await publishForeign(1);
        strangers -= 1;
        return honest.publish(...args);
      },
    };
    expect(await rejection(publishBatch(overtaken, state, never))).to.have.nested.property('cause.message', 'wrong last sequence: 11');
    await drain(overtaken, state);
    const stored = await ours();
    expect(stored.map(({ position }) => position)).to.deep.equal(
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 11]);
    expect(stored.filter(({ repair }) => repair).map(({ position, sequence }) => [position, sequence])).to.deep.equal([[11, 31]]);
    expect(await streamFaults(workbench)).to.deep.equal([]);
  });
});

describe('an event that a decision has freed', () => {
  let server: Service;
  let workbench: Workbench;
  before(async () => { server = await startNats(); });
  after(() => server.stop());
  beforeEach(async () => { workbench = await createWorkbench(server); });
  afterEach(() => workbench.close());

  it('comes behind the rest, and says so, when a stranger\'s message let a later one of its row overtake it', async () => {
    const [victim = ''] = await addStockRows(workbench.pool, { rows: 1 });
    await workbench.pool.query(
      `WITH raised AS (UPDATE stock SET version = 1 WHERE id = $1 RETURNING *)
       INSERT INTO events (id, event_type, store_id, aggregate_id, payload, stream_id, stream_version)
       SELECT gen_random_uuid(), 'stock.updated', 'MAD-001', product_id, '{}', id, version FROM raised`, [victim]);
    await appendStockEvents(workbench.pool, { stockIds: [victim] });
    const relay = workbench.relay(await workbench.newTerm());
    const state = await drain(relay);
    await workbench.pool.query("UPDATE relay_parked SET state = 'skipped'");
    await appendStockEvents(workbench.pool, { stockIds: [victim], each: 2 });
    let strangers = 1;
    const overtaken = {
      ...relay,
      async publish(...args: Parameters<typeof relay.publish>) {
        if (strangers > 0) await workbench.nats.jetstream().publish('stock.updated.MAD-001', '{}');
        strangers -= 1;
        return relay.publish(...args);
      },
    };
    await rejection(publishBatch(overtaken, state, never));
    await drain(overtaken, state);
    const stored = (await readStream(workbench.nats)).filter(({ id }) => id !== '');
    expect(stored.map(({ version, repair }) => [version, repair])).to.deep.equal([[3, false], [4, false], [2, true]]);
  });
});

describe('what a crash, or a promotion, has forgotten', () => {
  let server: Service;
  let workbench: Workbench;
  let stockIds: readonly string[];
  before(async () => { server = await startNats(); });
  after(() => server.stop());
  beforeEach(async () => {
    workbench = await createWorkbench(server);
    stockIds = await addStockRows(workbench.pool, { rows: 3 });
  });
  afterEach(() => workbench.close());

  const append = (rows: readonly string[], each = 1) => appendStockEvents(workbench.pool, { stockIds: rows, each });
  const relay = async () => workbench.relay(await workbench.newTerm());
  const poison = (stockId: string) => workbench.pool.query(
    `WITH raised AS (UPDATE stock SET version = version + 1 WHERE id = $1 RETURNING *)
     INSERT INTO events (id, event_type, store_id, aggregate_id, payload, stream_id, stream_version)
     SELECT gen_random_uuid(), 'stock.updated', 'MAD-001', product_id, '{}', id, version FROM raised`, [stockId]);

  it('is brought back from the tail: the newest marks', async () => {
    await append(stockIds, 40);
    await drain(await relay());
    await append(stockIds, 10);
    await drain(await relay());
    const before = await readStream(workbench.nats);
    await workbench.pool.query('UPDATE published_runs SET last_position = 100, count = 100 WHERE first_position = 1');
    await workbench.pool.query('DELETE FROM published_runs WHERE first_position > 1');
    const leader = await relay();
    await drain(leader);
    expect(leader.observed.verified.map(({ marked }) => marked)).to.deep.equal([50]);
    expect(await readStream(workbench.nats)).to.deep.equal(before);
    expect(await streamFaults(workbench)).to.deep.equal([]);
  });

  it('is nothing that matters: what is passed over is listed before anything is sent, and hides nothing that was not', async () => {
    const [victim = '', ...others] = stockIds;
    await append(others);
    await poison(victim);
    await append(stockIds);
    const killed = await relay();
    const listed = async () => (await workbench.pool.query<{ position: number }>(
      'SELECT position::int FROM relay_left_behind ORDER BY position')).rows.map(({ position }) => position);
    let before: readonly number[] = [];
    await rejection(publishBatch({
      ...killed,
      async publish() {
        before = await listed();
        return { accepted: 0, failure: new Error('killed') };
      },
    }, initialState(), never));
    const [third, waiting] = before;
    expect([before.length, third], 'listed when the first message is sent').to.deep.equal([2, 3]);
    await drain(await relay());
    const expected = [1, 2, 4, 5, 6].filter((position) => position !== waiting);
    expect((await readStream(workbench.nats)).map(({ position }) => position)).to.deep.equal(expected);
  });

  it('is judged anew: why an event before the newest one is not in the stream', async () => {
    const [victim = '', ...others] = stockIds;
    await append(stockIds);
    await drain(await relay());
    await poison(victim);
    await append([victim]);
    await append(others, 3);
    await drain(await relay());
    const passed = async () => (await workbench.pool.query<{ position: number; why: string }>(
      'SELECT position::int, why FROM relay_left_behind ORDER BY position')).rows;
    const listed = [{ position: 4, why: 'parked' }, { position: 5, why: 'waiting' }];
    expect(await passed()).to.deep.equal(listed);
    // The marks behind it are on a disk that is gone, and so is the list.
    await workbench.pool.query('DELETE FROM relay_left_behind; DELETE FROM published_runs WHERE first_position > 3');
    await drain(await relay());
    expect(await passed()).to.deep.equal(listed);
    // With the decision about it forgotten as well it is missing, and is tried again, where it is found that it cannot be sent.
    await workbench.pool.query('DELETE FROM relay_left_behind; DELETE FROM published_runs WHERE first_position > 3; DELETE FROM relay_parked');
    await drain(await relay());
    expect(await passed()).to.deep.equal([{ position: 4, why: 'missing' }, { position: 5, why: 'missing' }]);
    const { rows } = await workbench.pool.query('SELECT position::int, state FROM relay_parked');
    expect(rows).to.deep.equal([{ position: 4, state: 'parked' }]);
    expect((await readStream(workbench.nats)).map(({ position }) => position)).to.deep.equal([1, 2, 3, 6, 7, 8, 9, 10, 11]);
  });

  it('is brought back from the tail where a decision had freed an event in the middle of others', async () => {
    const [victim = '', other = ''] = stockIds;
    await append(stockIds);
    await drain(await relay());
    await poison(victim);
    for (const stockId of [other, victim, other]) await append([stockId]);
    await drain(await relay());
    await workbench.pool.query("UPDATE relay_parked SET state = 'skipped'");
    await drain(await relay());
    const stored = [1, 2, 3, 5, 7, 6];
    expect((await readStream(workbench.nats)).map(({ position }) => position)).to.deep.equal(stored);
    await workbench.pool.query('DELETE FROM relay_left_behind; DELETE FROM published_runs WHERE first_position > 3; DELETE FROM relay_parked');
    await drain(await relay());
    expect((await readStream(workbench.nats)).map(({ position }) => position)).to.deep.equal(stored);
    expect(await sequencesInTheLog(workbench)).to.deep.equal([1, 2, 3, null, 4, 6, 5]);
  });
});
