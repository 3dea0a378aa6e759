import { expect } from 'chai';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { headers } from 'nats';
import { addStockRows, appendStockEvents } from '@inventory/testkit/log/fixture.ts';
import { inContainers, startNats } from '@inventory/testkit/servers/services.ts';
import type { Service } from '@inventory/testkit/servers/services.ts';
import { initialState, relayBatch } from '../publish/batch.ts';
import { STREAM } from '@inventory/domain/subjects.ts';
import { StreamConflict } from './stream.ts';
import { createBench, drain, readStream, rejection, streamFaults } from '../testing/workbench.ts';
import type { Bench } from '../testing/workbench.ts';

const never = new AbortController().signal;

describe('the stream and the log', () => {
  let server: Service;
  let bench: Bench;
  let stockIds: readonly string[];
  before(async () => { server = await startNats(); });
  after(() => server.stop());
  beforeEach(async () => {
    bench = await createBench(server);
    stockIds = await addStockRows(bench.pool, { rows: 10 });
    await appendStockEvents(bench.pool, { stockIds, each: 10 });
  });
  afterEach(() => bench.close());

  const step = async () => relayBatch(bench.relay(await bench.newTerm()), initialState(), never);
  const conflict = async (): Promise<string> => {
    const error = await rejection(step());
    expect(error).to.be.instanceOf(StreamConflict);
    return error.message;
  };
  const last = async () => (await bench.jsm.streams.info(STREAM)).state.last_seq;

  it('is made as the design says, and its making is written down', async () => {
    await drain(bench.relay(await bench.newTerm()));
    const info = await bench.jsm.streams.info(STREAM);
    expect(info.config).to.include({
      retention: 'limits', storage: 'file', discard: 'new', deny_delete: true, deny_purge: true, num_replicas: 1,
      max_age: 7 * 24 * 3600 * 1e9, description: 'inventory event log, epoch 1',
    });
    expect(info.config.subjects).to.deep.equal(['stock.>', 'reservation.>', 'product.>', 'store.>']);
    const noted = await bench.db.selectFrom('relay_stream').select(['name', 'created', 'epoch']).execute();
    expect(noted).to.deep.equal([{ name: STREAM, created: info.created, epoch: 1 }]);
  });

  it('are not joined when the stream was made anew by somebody', async () => {
    await drain(bench.relay(await bench.newTerm()));
    const { config } = await bench.jsm.streams.info(STREAM);
    await bench.jsm.streams.delete(STREAM);
    await bench.jsm.streams.add(config);
    expect(await conflict()).to.match(/was made 20\S+; ours was made 20/);
    expect(await last()).to.equal(0);
  });

  it('are not joined when the stream is gone: it is not made anew', async () => {
    await drain(bench.relay(await bench.newTerm()));
    await bench.jsm.streams.delete(STREAM);
    expect(await conflict()).to.match(/is gone/);
    expect(await bench.jsm.streams.list().next()).to.deep.equal([]);
  });

  it('are not joined when a stream with messages was there before', async () => {
    await bench.jsm.streams.add({ name: STREAM, subjects: ['stock.>'] });
    await bench.nats.jetstream().publish('stock.updated.MAD-001');
    expect(await conflict()).to.match(/that this log did not make/);
  });

  it('part when the tail holds a message that the log does not know', async () => {
    await drain(bench.relay(await bench.newTerm()));
    await bench.nats.jetstream().publish('stock.updated.MAD-001', '{}');
    expect(await conflict()).to.match(/^message 101 of INVENTORY is the event , which the log does not know/);
  });

  it('part when the tail holds a second copy', async () => {
    await drain(bench.relay(await bench.newTerm()));
    const message = await bench.jsm.streams.getMessage(STREAM, { seq: 7 });
    const copy = headers();
    copy.set('ce-id', message.header.get('ce-id'));
    await bench.nats.jetstream().publish(message.subject, message.data, { headers: copy });
    expect(await conflict()).to.match(/message 101 of INVENTORY is the event \S+, which the log has at 7/);
  });

  it('are not joined when the log is of another epoch than the stream', async () => {
    await drain(bench.relay(await bench.newTerm()));
    await bench.pool.query("UPDATE log_epoch SET epoch = 2, reason = 'test'");
    expect(await conflict()).to.match(/belongs to epoch 1, the log is in epoch 2/);
  });

  it('stay together when messages of the tail are missing; drift is reported and left', async () => {
    await bench.jsm.streams.add({
      name: STREAM,
      subjects: ['stock.>', 'reservation.>', 'product.>', 'store.>'],
      max_bytes: 10_000_000,
    });
    await rejection(relayBatch({ ...bench.relay(await bench.newTerm()), term: -1 }, initialState(), never));
    for (const seq of [98, 99, 100]) await bench.jsm.streams.deleteMessage(STREAM, seq);
    const relay = bench.relay(await bench.newTerm());
    await relayBatch(relay, initialState(), never);
    expect(relay.seen.verified[0]).to.include({ marked: 97 });
    expect(relay.seen.verified[0]?.drift).to.deep.equal([
      'discard is "old", not "new"', 'max_age is 0, not 604800000000000', 'deny_delete is false, not true',
      'deny_purge is false, not true',
    ]);
    expect((await bench.jsm.streams.info(STREAM)).config).to.include({ discard: 'old', max_bytes: 10_000_000 });
    // What was acknowledged but neither marked nor kept is published behind the rest.
    expect((await readStream(bench.nats)).slice(-3).map(({ sequence }) => sequence)).to.deep.equal([101, 102, 103]);
    expect(await streamFaults(bench)).to.deep.equal([]);
  });
});

describe('a broker that lost what it had acknowledged', () => {
  let server: Service;
  let bench: Bench;
  let copies: string;
  beforeEach(async () => {
    server = await startNats();
    bench = await createBench(server);
    copies = await mkdtemp(join(tmpdir(), 'relay-store-copy-'));
  });
  afterEach(async () => {
    await bench.close();
    await server.stop();
    await rm(copies, { recursive: true, force: true });
  });

  const skipped = inContainers ? ' (skipped: the files of a server in a container are out of reach)' : '';
  const promise = 'gets it back under the same sequences, so that a consumer neither misses nor repeats an event';

  (inContainers ? it.skip : it)(`${promise}${skipped}`, async () => {
    const store = join(server.local?.dir ?? '', 'jetstream');
    const stockIds = await addStockRows(bench.pool, { rows: 10 });
    await appendStockEvents(bench.pool, { stockIds, each: 30 });
    await drain(bench.relay(await bench.newTerm()));
    await bench.consume(120);
    // A stop in good order writes down how far the consumer has come; a kill may lose its last acknowledgements.
    await server.restart();
    await server.kill();
    await cp(store, copies, { recursive: true });
    await server.restart();
    await bench.reconnected();

    await appendStockEvents(bench.pool, { stockIds, each: 70 });
    const leader = bench.relay(await bench.newTerm());
    const state = await drain(leader);
    const before = await readStream(bench.nats);
    await server.kill();
    await rm(store, { recursive: true });
    await cp(copies, store, { recursive: true });
    await server.restart();
    await bench.reconnected();
    expect((await bench.jsm.streams.info(STREAM)).state.last_seq, 'the loss').to.equal(300);

    await appendStockEvents(bench.pool, { stockIds, each: 10 });
    // The leader has not noticed yet: the broker refuses its batch, and the tail read finds out.
    expect(await rejection(relayBatch(leader, state, never))).to.have.nested.property(
      'cause.message',
      'wrong last sequence: 300',
    );
    await drain(leader, state);
    expect(leader.seen.verified.at(-1)).to.include({ refilled: 700, sequence: 1000 });
    expect((await readStream(bench.nats)).slice(0, 1000)).to.deep.equal(before);
    expect(await streamFaults(bench)).to.deep.equal([]);
    const seen = [...await bench.consume(980)];
    expect(seen).to.deep.equal(Array.from({ length: 980 }, (_, i) => 121 + i));
  });
});
