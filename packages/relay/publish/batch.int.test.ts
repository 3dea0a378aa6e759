import { expect } from 'chai';
import { DiscardPolicy, RetentionPolicy } from 'nats';
import { addStockRows, appendStockEvents } from '@inventory/testkit/log/fixture.ts';
import { startNats } from '@inventory/testkit/servers/services.ts';
import type { Service } from '@inventory/testkit/servers/service.ts';
import { TermOver } from '../leader/fence.ts';
import { PublishInterrupted } from './chain.ts';
import { initialState, publishBatch } from './batch.ts';
import { TooNew } from '@inventory/domain/events-stored.ts';
import { TOMORROW } from '@inventory/domain/testing/past-versions.ts';
import { STREAM } from '@inventory/domain/subjects.ts';
import { createWorkbench, drain, killedBehind, readStream, rejection, sequencesInTheLog, streamFaults } from '../testing/workbench.ts';
import type { Workbench } from '../testing/workbench.ts';

const never = new AbortController().signal;

describe('publishBatch', () => {
  let server: Service;
  let workbench: Workbench;
  before(async () => { server = await startNats(); });
  after(() => server.stop());
  beforeEach(async () => { workbench = await createWorkbench(server); });
  afterEach(() => workbench.close());

  const append = async (rows: number, each: number): Promise<readonly string[]> => {
    const stockIds = await addStockRows(workbench.pool, { rows });
    await appendStockEvents(workbench.pool, { stockIds, each });
    return stockIds;
  };
  const inTheLog = () => sequencesInTheLog(workbench);
  const oneTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1);

  it('publishes every event once, in the order of the log, and marks it with its sequence', async () => {
    await append(20, 60);
    await drain(workbench.relay(await workbench.newTerm()));
    const stored = await readStream(workbench.nats);
    expect(stored).to.have.length(1200);
    expect(stored[0]?.subject).to.match(/^stock\.updated\.(MAD|BCN|VAL)-001$/);
    expect(await inTheLog()).to.deep.equal(oneTo(1200));
    expect(await streamFaults(workbench)).to.deep.equal([]);
  });

  it('marks what is in the stream without a mark, and does not publish it again', async () => {
    await append(5, 20);
    // As if killed between the acknowledgements and the mark.
    const killed = workbench.relay(await workbench.newTerm());
    const unmarked = { ...killed, publish: killedBehind(killed) };
    expect(await rejection(publishBatch(unmarked, initialState(), never))).to.be.instanceOf(TermOver);
    expect(await inTheLog()).to.deep.equal(Array.from({ length: 100 }, () => null));

    const successor = workbench.relay(await workbench.newTerm());
    await drain(successor);
    expect(successor.observed.verified.map(({ marked }) => marked)).to.deep.equal([100]);
    expect(await readStream(workbench.nats)).to.have.length(100);
    expect(await inTheLog()).to.deep.equal(oneTo(100));
  });

  it('publishes up to what only a newer release can read, and parks nothing', async () => {
    await append(3, 1);
    await workbench.pool.query(`BEGIN; SET LOCAL session_replication_role = replica;
      UPDATE events SET schema_version = ${TOMORROW.version} WHERE position = (SELECT min(position) + 1 FROM events); COMMIT`);
    await workbench.pool.query("INSERT INTO log_formats (type, version, allowed_by) VALUES ($1, $2, 'a test')", [TOMORROW.type, TOMORROW.version]);
    const relay = workbench.relay(await workbench.newTerm());
    expect(await rejection(drain(relay).then((state) => publishBatch(relay, state, never)))).to.be.instanceOf(TooNew);
    expect(await readStream(workbench.nats)).to.have.length(1);
    expect(relay.observed.parked).to.deep.equal([]);
    expect((await workbench.pool.query('SELECT FROM relay_parked')).rowCount).to.equal(0);
  });

  it('misses nothing behind an idle look: an event, one that was in flight meanwhile, and what a decision has freed', async () => {
    const [stockId = ''] = await append(1, 1);
    const relay = workbench.relay(await workbench.newTerm());
    const state = await drain(relay);
    expect(state.exhausted, 'an idle log').not.to.equal(undefined);
    const step = async () => (await publishBatch(relay, state, never)).published;
    expect(await step()).to.equal(0);
    await appendStockEvents(workbench.pool, { stockIds: [stockId] });
    expect(await step()).to.equal(1);

    const client = await workbench.pool.connect();
    await client.query('BEGIN');
    await client.query(`INSERT INTO events (id, event_type, store_id, aggregate_id, payload, stream_id)
      SELECT gen_random_uuid(), event_type, store_id, aggregate_id, payload || '{"version": 3}', stream_id FROM events LIMIT 1`);
    expect(await step(), 'drawn, and not there').to.equal(0);
    await client.query('COMMIT');
    client.release();
    expect(await step(), 'no position was drawn since').to.equal(1);

    await workbench.pool.query(`INSERT INTO events (id, event_type, store_id, aggregate_id, payload, stream_id)
      VALUES (gen_random_uuid(), 'stock.updated', 'MAD-001', gen_random_uuid(), '{}', gen_random_uuid())`);
    await drain(relay, state);
    await step();
    expect(relay.observed.parked).to.have.length(1);
    expect(state.exhausted).not.to.equal(undefined);
    await workbench.pool.query("UPDATE relay_parked SET state = 'released'");
    await step();
    expect(relay.observed.parked, 'tried again at once, and parked again').to.have.length(2);
  });

  it('takes the log for idle behind a batch that took all there was, and not while something is missing or in flight', async () => {
    const [stockId = ''] = await append(1, 1);
    const relay = workbench.relay(await workbench.newTerm());
    const state = await drain(relay);
    const more = async (): Promise<void> => {
      await appendStockEvents(workbench.pool, { stockIds: [stockId] });
      expect((await publishBatch(relay, state, never)).published).to.equal(1);
    };
    await more();
    expect(state.exhausted, 'nothing is left').not.to.equal(undefined);

    const client = await workbench.pool.connect();
    try {
      await client.query('BEGIN');
      await client.query(`INSERT INTO events (id, event_type, store_id, aggregate_id, payload, stream_id)
        SELECT gen_random_uuid(), event_type, store_id, aggregate_id, payload || '{"version": 9}', gen_random_uuid() FROM events LIMIT 1`);
      await appendStockEvents(workbench.pool, { stockIds: [stockId] });
      await publishBatch(relay, state, never);
      expect(state.exhausted, 'in flight').to.equal(undefined);
    } finally {
      await client.query('ROLLBACK');
      client.release();
    }
    await drain(relay, state);

    await workbench.pool.query(`INSERT INTO relay_left_behind (position, stream_id, why)
      SELECT position, stream_id, 'missing' FROM events ORDER BY position LIMIT 1`);
    await more();
    expect(state.exhausted, 'missing').to.equal(undefined);
    expect((await publishBatch(relay, state, never)).published, 'the missing one').to.equal(1);
    expect(state.exhausted, 'nothing is missing any more').not.to.equal(undefined);
  });

  it('marks nothing in a term that is over', async () => {
    await append(5, 20);
    const former = workbench.relay(await workbench.newTerm());
    await workbench.newTerm();
    expect(await rejection(publishBatch(former, initialState(), never))).to.be.instanceOf(TermOver);
    expect(await inTheLog()).to.deep.equal(Array.from({ length: 100 }, () => null));
  });

  it('is refused by the broker when another has published since it read the tail', async () => {
    const stockIds = await append(5, 20);
    const former = workbench.relay(await workbench.newTerm(), { batchSize: 30 });
    const state = initialState();
    await publishBatch(former, state, never);
    await appendStockEvents(workbench.pool, { stockIds });
    const successor = workbench.relay(await workbench.newTerm());
    await drain(successor);
    // The former relay has its batch in hand: it does not know of the marks behind its own.
    const refused = await rejection(publishBatch({ ...former, lead: successor.lead }, state, never));
    expect(refused).to.be.instanceOf(PublishInterrupted);
    expect(refused.cause).to.have.property('message', 'wrong last sequence: 105');
    expect(await readStream(workbench.nats)).to.have.length(105);
  });

  it('fetches nothing while the outcome of a mark is unknown', async () => {
    const stockIds = await append(5, 20);
    const relay = workbench.relay(await workbench.newTerm());
    const state = await drain(relay);
    await appendStockEvents(workbench.pool, { stockIds, each: 20 });
    const blocker = await workbench.pool.connect();
    await blocker.query('BEGIN');
    await blocker.query('LOCK TABLE published_runs IN EXCLUSIVE MODE');
    const timedOut = await rejection(publishBatch(relay, state, never));
    expect(timedOut).to.have.property('code', '55P03');
    await blocker.query('ROLLBACK');
    blocker.release();
    await drain(relay, state);
    expect(relay.observed.verified.map(({ marked }) => marked)).to.deep.equal([0, 100]);
    expect(await readStream(workbench.nats)).to.have.length(200);
    expect(await streamFaults(workbench)).to.deep.equal([]);
  });

  it('publishes one slice of a batch ahead of the marks, and no further when a mark fails', async () => {
    await append(20, 80);
    const relay = workbench.relay(await workbench.newTerm(), { batchSize: 2000 });
    const blocker = await workbench.pool.connect();
    const sizes: number[] = [];
    const state = initialState();
    const failed = await rejection(publishBatch({
      ...relay,
      async publish(messages, base) {
        sizes.push(messages.length);
        if (sizes.length === 1) await blocker.query('BEGIN; LOCK TABLE published_runs IN EXCLUSIVE MODE');
        return relay.publish(messages, base);
      },
    }, state, never));
    await blocker.query('ROLLBACK');
    blocker.release();
    expect(failed).to.have.property('code', '55P03');
    expect(sizes).to.deep.equal([512, 512]);
    expect(new Set(await inTheLog())).to.deep.equal(new Set([null]));
    await drain(relay, state);
    expect(relay.observed.verified.map(({ marked }) => marked)).to.deep.equal([0, 1024]);
    expect(await inTheLog()).to.deep.equal(oneTo(1600));
    expect(await streamFaults(workbench)).to.deep.equal([]);
  });

  it('takes an acknowledgement that was lost for unknown, and finds its message in the tail', async () => {
    const stockIds = await append(5, 20);
    const honest = workbench.relay(await workbench.newTerm());
    const state = await drain(honest);
    await appendStockEvents(workbench.pool, { stockIds, each: 20 });
    const forgetful = {
      ...honest,
      publish: async (...args: Parameters<typeof honest.publish>) => {
        await honest.publish(...args);
        return { accepted: 40, failure: new Error('no answer') };
      },
    };
    expect(await rejection(publishBatch(forgetful, state, never))).to.be.instanceOf(PublishInterrupted);
    expect((await inTheLog()).filter((sequence) => sequence !== null)).to.deep.equal(oneTo(140));
    await drain(honest, state);
    expect(honest.observed.verified.map(({ marked }) => marked)).to.deep.equal([0, 60]);
    expect(await readStream(workbench.nats)).to.have.length(200);
    expect(await streamFaults(workbench)).to.deep.equal([]);
  });

  it('makes its batches smaller while the broker is slow, and larger again; the order is kept', async () => {
    await append(10, 100);
    const honest = workbench.relay(await workbench.newTerm());
    const sizes: number[] = [];
    let inTime = 40;
    const slow = {
      ...honest,
      publish: async (...[messages, base]: Parameters<typeof honest.publish>) => {
        sizes.push(messages.length);
        const outcome = await honest.publish(messages.slice(0, inTime), base);
        return messages.length <= inTime ? outcome : { ...outcome, failure: new Error('no answer') };
      },
    };
    const state = initialState();
    for (let step = 0; step < 6; step += 1) await publishBatch(slow, state, never).catch(() => undefined);
    inTime = Infinity;
    await drain(slow, state);
    expect(sizes).to.deep.equal([512, 256, 128, 64, 32, 64, 32, 64, 128, 256, 288]);
    expect((await readStream(workbench.nats)).map(({ position }) => position)).to.deep.equal(oneTo(1000));
    expect(await streamFaults(workbench)).to.deep.equal([]);
  });

  it('marks and parks nothing that a full stream refused, and goes on when there is room', async () => {
    await workbench.jsm.streams.add({
      name: STREAM,
      subjects: ['stock.>'],
      max_bytes: 20_000,
      discard: DiscardPolicy.New,
      retention: RetentionPolicy.Limits,
    });
    await append(5, 20);
    const relay = workbench.relay(await workbench.newTerm());
    const state = initialState();
    const full = await rejection(publishBatch(relay, state, never));
    expect(full.cause).to.have.nested.property('api_error.description', 'maximum bytes exceeded');
    expect(await rejection(publishBatch(relay, state, never))).to.be.instanceOf(PublishInterrupted);
    const { messages } = (await workbench.jsm.streams.info(STREAM)).state;
    expect(messages).to.be.within(10, 50);
    expect((await inTheLog()).filter((sequence) => sequence !== null)).to.deep.equal(oneTo(messages));
    await workbench.jsm.streams.update(STREAM, { max_bytes: -1 });
    await drain(relay, state);
    expect(relay.observed.parked).to.deep.equal([]);
    expect(await streamFaults(workbench)).to.deep.equal([]);
  });

  it('holds no more than some megabytes of payloads at once', async () => {
    const [stockId = ''] = await append(1, 1);
    for (let from = 2; from <= 101; from += 10) {
      await workbench.pool.query(
        `INSERT INTO events (id, event_type, store_id, aggregate_id, payload, stream_id, stream_version)
         SELECT gen_random_uuid(), event_type, store_id, aggregate_id,
           payload || jsonb_build_object('version', n, 'filler', repeat('x', 200000)), stream_id, n
         FROM events, generate_series($2::int, $2::int + 9) n WHERE stream_id = $1 AND stream_version = 1`,
        [stockId, from]);
    }
    const relay = workbench.relay(await workbench.newTerm());
    const state = initialState();
    const { published, more } = await publishBatch(relay, state, never);
    expect({ published, more }).to.deep.equal({ published: 41, more: true });
    await drain(relay, state);
    expect(await streamFaults(workbench)).to.deep.equal([]);
  });
});
