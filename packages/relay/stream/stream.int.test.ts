import { expect } from 'chai';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addStockRows, appendStockEvents } from '@inventory/testkit/log/fixture.ts';
import { inContainers, startNats } from '@inventory/testkit/servers/services.ts';
import type { Service } from '@inventory/testkit/servers/service.ts';
import { initialState, publishBatch } from '../publish/batch.ts';
import { STREAM } from '@inventory/domain/subjects.ts';
import { StreamConflict } from './stream.ts';
import { createWorkbench, drain, killedBehind, readStream, rejection, streamFaults } from '../testing/workbench.ts';
import { haltWithConsumers } from '../testing/halted-store.ts';
import type { Workbench } from '../testing/workbench.ts';

const never = new AbortController().signal;

describe('the stream and the log', () => {
  let server: Service;
  let workbench: Workbench;
  let stockIds: readonly string[];
  before(async () => { server = await startNats(); });
  after(() => server.stop());
  beforeEach(async () => {
    workbench = await createWorkbench(server);
    stockIds = await addStockRows(workbench.pool, { rows: 10 });
    await appendStockEvents(workbench.pool, { stockIds, each: 10 });
  });
  afterEach(() => workbench.close());

  const step = async () => publishBatch(workbench.relay(await workbench.newTerm()), initialState(), never);
  const conflict = async (): Promise<string> => {
    const error = await rejection(step());
    expect(error).to.be.instanceOf(StreamConflict);
    return error.message;
  };
  const last = async () => (await workbench.jsm.streams.info(STREAM)).state.last_seq;

  it('is made as the design says, and its making is written down', async () => {
    await drain(workbench.relay(await workbench.newTerm()));
    const info = await workbench.jsm.streams.info(STREAM);
    expect(info.config).to.include({
      retention: 'limits', storage: 'file', discard: 'new', deny_delete: true, deny_purge: true, num_replicas: 1,
      max_age: 7 * 24 * 3600 * 1e9, description: 'inventory event log, epoch 1',
    });
    expect(info.config.subjects).to.deep.equal(['stock.>', 'reservation.>', 'product.>', 'store.>', 'customer.>', 'unpublishable']);
    const noted = await workbench.db.selectFrom('relay_stream').select(['name', 'created', 'epoch']).execute();
    expect(noted).to.deep.equal([{ name: STREAM, created: info.created, epoch: 1 }]);
  });

  it('are not joined when the stream was made anew by somebody', async () => {
    await drain(workbench.relay(await workbench.newTerm()));
    const { config } = await workbench.jsm.streams.info(STREAM);
    await workbench.jsm.streams.delete(STREAM);
    await workbench.jsm.streams.add(config);
    expect(await conflict()).to.match(/was made 20\S+; ours was made 20/);
    expect(await last()).to.equal(0);
  });

  it('are not joined when the stream is gone: it is not made anew', async () => {
    await drain(workbench.relay(await workbench.newTerm()));
    await workbench.jsm.streams.delete(STREAM);
    expect(await conflict()).to.match(/is gone/);
    expect(await workbench.jsm.streams.list().next()).to.deep.equal([]);
  });

  it('are not joined when a stream with messages was there before', async () => {
    await workbench.jsm.streams.add({ name: STREAM, subjects: ['stock.>'] });
    await workbench.nats.jetstream().publish('stock.updated.MAD-001');
    expect(await conflict()).to.match(/that this log did not make/);
  });

  it('part when the tail holds an event of ours that the log does not know', async () => {
    await drain(workbench.relay(await workbench.newTerm()));
    const { header, subject, data } = await workbench.jsm.streams.getMessage(STREAM, { seq: 7 });
    header.set('ce-id', '0198c2f2-6b0a-7cc3-9d5b-0d1f7c3a8e11');
    header.delete('Nats-Expected-Last-Sequence');
    await workbench.nats.jetstream().publish(subject, data, { headers: header });
    expect(await conflict()).to.match(/^message 101 of INVENTORY is the event 0198c2f2-\S+, which the log does not know/);
  });

  it('are not joined when the log is of another epoch than the stream', async () => {
    await drain(workbench.relay(await workbench.newTerm()));
    await workbench.pool.query("UPDATE log_epoch SET epoch = 2, reason = 'test'");
    expect(await conflict()).to.match(/belongs to epoch 1, the log is in epoch 2/);
  });

  it('stay together when messages of the tail are missing; drift is reported and left', async () => {
    await workbench.jsm.streams.add({
      name: STREAM,
      subjects: ['stock.>', 'reservation.>', 'product.>', 'store.>'],
      max_bytes: 10_000_000,
      sources: [{ name: 'OTHERS' }],
    });
    const killed = workbench.relay(await workbench.newTerm());
    await rejection(publishBatch({ ...killed, publish: killedBehind(killed) }, initialState(), never));
    for (const seq of [98, 99, 100]) await workbench.jsm.streams.deleteMessage(STREAM, seq);
    const relay = workbench.relay(await workbench.newTerm());
    await publishBatch(relay, initialState(), never);
    expect(relay.observed.verified[0]).to.include({ marked: 97 });
    expect(relay.observed.verified[0]?.drift).to.deep.equal([
      'discard is "old", not "new"', 'max_age is 0, not 604800000000000', 'deny_delete is false, not true',
      'deny_purge is false, not true', 'sources is [{"name":"OTHERS"}], and must not be set',
    ]);
    const { config } = await workbench.jsm.streams.info(STREAM);
    expect(config).to.include({ discard: 'old', max_bytes: 10_000_000 });
    expect(config.subjects, 'what an older release did not publish').to.deep.equal(
      ['stock.>', 'reservation.>', 'product.>', 'store.>', 'customer.>', 'unpublishable']);
    // What was acknowledged but neither marked nor kept is published behind the rest.
    expect((await readStream(workbench.nats)).slice(-3).map(({ sequence }) => sequence)).to.deep.equal([101, 102, 103]);
    expect(await streamFaults(workbench)).to.deep.equal([]);
  });
});

describe('a broker that lost what it had acknowledged', () => {
  let server: Service;
  let workbench: Workbench;
  let copies: string;
  beforeEach(async () => {
    server = await startNats();
    workbench = await createWorkbench(server);
    copies = await mkdtemp(join(tmpdir(), 'relay-store-copy-'));
  });
  afterEach(async () => {
    await workbench.close();
    await server.stop();
    await rm(copies, { recursive: true, force: true });
  });

  const skipped = inContainers ? ' (skipped: the files of a server in a container are out of reach)' : '';
  const promise = 'gets it back under the same sequences, so that a consumer neither misses nor repeats an event';

  (inContainers ? it.skip : it)(`${promise}${skipped}`, async () => {
    const store = join(server.local?.dir ?? '', 'jetstream');
    const stockIds = await addStockRows(workbench.pool, { rows: 10 });
    await appendStockEvents(workbench.pool, { stockIds, each: 30 });
    await drain(workbench.relay(await workbench.newTerm()));
    await workbench.consume(120);
    await haltWithConsumers(server);
    await cp(store, copies, { recursive: true });
    await server.restart();
    await workbench.reconnected();

    await appendStockEvents(workbench.pool, { stockIds, each: 70 });
    const leader = workbench.relay(await workbench.newTerm());
    const state = await drain(leader);
    const before = await readStream(workbench.nats);
    await server.kill();
    await rm(store, { recursive: true });
    await cp(copies, store, { recursive: true });
    await server.restart();
    await workbench.reconnected();
    expect((await workbench.jsm.streams.info(STREAM)).state.last_seq, 'the loss').to.equal(300);

    await appendStockEvents(workbench.pool, { stockIds, each: 10 });
    // The leader has not noticed yet: the broker refuses its batch, and the tail read finds out.
    expect(await rejection(publishBatch(leader, state, never))).to.have.nested.property(
      'cause.message',
      'wrong last sequence: 300',
    );
    await drain(leader, state);
    expect(leader.observed.verified.at(-1)).to.include({ refilled: 700, sequence: 1000 });
    expect((await readStream(workbench.nats)).slice(0, 1000)).to.deep.equal(before);
    expect(await streamFaults(workbench)).to.deep.equal([]);
    const seen = [...await workbench.consume(980)];
    expect(seen).to.deep.equal(Array.from({ length: 980 }, (_, i) => 121 + i));
  });
});
