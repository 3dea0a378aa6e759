import { expect } from 'chai';
import { settledPosition } from '@inventory/db/events.ts';
import { addStockRows, appendStockEvents } from '@inventory/testkit/log/fixture.ts';
import { startNats } from '@inventory/testkit/servers/services.ts';
import type { Service } from '@inventory/testkit/servers/service.ts';
import { TermOver } from '../leader/fence.ts';
import { fetchNext } from './outbox.ts';
import { readFrontier } from './runs.ts';
import { readBacklog } from '../telemetry/backlog.ts';
import { createWorkbench, drain, readStream, rejection } from '../testing/workbench.ts';
import type { Workbench } from '../testing/workbench.ts';

describe('an event that cannot be published', () => {
  let server: Service;
  let workbench: Workbench;
  before(async () => { server = await startNats(); });
  after(() => server.stop());
  beforeEach(async () => {
    workbench = await createWorkbench(server);
    await workbench.pool.query('ALTER TABLE events DROP CONSTRAINT events_store_id_check, DROP CONSTRAINT events_size');
  });
  afterEach(() => workbench.close());

  /** Appends a row's next event with something hostile in it, past the domain and the CHECKs. */
  interface Changes { store?: string; type?: string; payload?: string; time?: string }
  const appendHostile = (stockId: string, changes: Changes) =>
    workbench.pool.query(
      `WITH raised AS (UPDATE stock SET version = version + 1 WHERE id = $1 RETURNING *)
     INSERT INTO events (id, event_type, store_id, aggregate_id, payload, stream_id, stream_version, timestamp)
     SELECT gen_random_uuid(), $2, $3, product_id, $4::jsonb, id, version, $5 FROM raised`,
      [stockId, changes.type ?? 'stock.updated', changes.store ?? 'MAD-001', changes.payload ?? '{}',
        changes.time ?? new Date()],
    );
  const parked = () =>
    workbench.db.selectFrom('relay_parked').select(['reason', 'stream_id', 'state']).orderBy('position').execute();

  const hostile = [
    {
      name: 'a store id that forges a protocol line',
      changes: { store: 'MAD-001\r\nPUB forged 2\r\nhi' },
      reason: /^subject refused: no subject for the store id/,
    },
    { name: 'a store id with a space', changes: { store: 'MAD 001' }, reason: /^subject refused/ },
    { name: 'a store id with a wildcard', changes: { store: '>' }, reason: /^subject refused/ },
    {
      name: 'an unknown type',
      changes: { type: 'stock.stolen' },
      reason: /^subject refused: no subject for the event type "stock.stolen"/,
    },
    { name: 'an unknown shape', changes: { payload: '{"quantity": "many"}' }, reason: /^unknown shape: / },
    { name: 'an instant that no calendar has', changes: { time: 'infinity' }, reason: /^unknown shape: a time/ },
    { name: 'a payload of 2 MB', changes: { payload: 'large' }, reason: /^payload too large: \d+ bytes/ },
  ];
  for (const { name, changes, reason } of hostile) {
    it(`is parked with its reason, and only its own stream waits: ${name}`, async () => {
      const [victim = '', neighbour = ''] = await addStockRows(workbench.pool, { rows: 2 });
      await appendStockEvents(workbench.pool, { stockIds: [victim, neighbour] });
      const payload = changes.payload === 'large' ? await largePayload(victim) : changes.payload;
      await appendHostile(victim, payload === undefined ? changes : { ...changes, payload });
      await appendStockEvents(workbench.pool, { stockIds: [victim, neighbour], each: 2 });
      const forged: string[] = [];
      const spy = workbench.nats.subscribe('forged', { callback: (_error, message) => { forged.push(message.subject); } });
      const relay = workbench.relay(await workbench.newTerm());
      await drain(relay);
      // Nor in the next batch, or after a restart.
      await drain(workbench.relay(await workbench.newTerm()));
      const [first, ...others] = await parked();
      expect(others).to.deep.equal([]);
      expect(first?.reason).to.match(reason);
      expect(first).to.include({ stream_id: victim, state: 'parked' });
      const stored = await readStream(workbench.nats);
      expect(stored.filter(({ streamId }) => streamId === victim).map(({ version }) => version)).to.deep.equal([1]);
      expect(stored.filter(({ streamId }) => streamId === neighbour).map(({ version }) => version)).to.deep.equal([
        1, 2, 3,
      ]);
      expect(relay.observed.parked).to.have.length(1);
      expect(await readBacklog(workbench.db)).to.include({ backlog: 0, parked: 1, waiting: 2, oldest_seconds: null });
      await workbench.nats.flush();
      expect(forged).to.deep.equal([]);
      spy.unsubscribe();
    });
  }

  it('is not parked by a relay whose term is over', async () => {
    const [victim = ''] = await addStockRows(workbench.pool, { rows: 1 });
    await appendHostile(victim, { store: 'MAD 001' });
    const former = workbench.relay(await workbench.newTerm());
    await workbench.newTerm();
    expect(await rejection(drain(former))).to.be.instanceOf(TermOver);
    expect(await parked()).to.deep.equal([]);
  });

  it('takes no place in later batches, nor does what waits behind it', async () => {
    const victims = await addStockRows(workbench.pool, { rows: 3 });
    const neighbours = await addStockRows(workbench.pool, { rows: 3 });
    for (const victim of victims) await appendHostile(victim, { store: 'MAD 001' });
    await appendStockEvents(workbench.pool, { stockIds: [...victims, ...neighbours], each: 3 });
    const relay = workbench.relay(await workbench.newTerm(), { batchSize: 2 });
    await drain(relay);
    expect(relay.observed.parked).to.have.length(3);
    expect(await readStream(workbench.nats)).to.have.length(9);
    expect(await readBacklog(workbench.db)).to.include({ backlog: 0, parked: 3, waiting: 9 });
  });

  it('holds up its stream through all slices of a batch', async () => {
    const [victim = '', ...neighbours] = await addStockRows(workbench.pool, { rows: 11 });
    await appendHostile(victim, { store: 'MAD 001' });
    await appendStockEvents(workbench.pool, { stockIds: neighbours, each: 60 });
    await appendStockEvents(workbench.pool, { stockIds: [victim] });
    await drain(workbench.relay(await workbench.newTerm(), { batchSize: 2000 }));
    expect(await readStream(workbench.nats)).to.have.length(600);
    expect(await readBacklog(workbench.db)).to.include({ backlog: 0, parked: 1, waiting: 1 });
  });

  it('is never published once it is skipped, and what waited behind it flows', async () => {
    const [victim = ''] = await addStockRows(workbench.pool, { rows: 1 });
    await appendHostile(victim, { store: 'MAD 001' });
    await appendStockEvents(workbench.pool, { stockIds: [victim], each: 2 });
    await drain(workbench.relay(await workbench.newTerm()));
    expect(await readStream(workbench.nats)).to.deep.equal([]);
    await workbench.pool.query("UPDATE relay_parked SET state = 'skipped'");
    await drain(workbench.relay(await workbench.newTerm()));
    expect((await readStream(workbench.nats)).map(({ version }) => version)).to.deep.equal([2, 3]);
    expect(await readBacklog(workbench.db)).to.include({ backlog: 0, parked: 0, skipped: 1, waiting: 0 });
  });

  it('costs the relay nothing any more once it is decided about, and what waited behind it has been published', async () => {
    const [victim = '', neighbour = ''] = await addStockRows(workbench.pool, { rows: 2 });
    await appendHostile(victim, { store: 'MAD 001' });
    await appendStockEvents(workbench.pool, { stockIds: [victim] });
    await drain(workbench.relay(await workbench.newTerm()));
    // The ordinary way needs no lead; to pass something over does.
    const next = async () => fetchNext(workbench.db, { term: 0, nonce: 'nobody' },
      { frontier: await readFrontier(workbench.db), settled: await settledPosition(workbench.db), limit: 10 });
    await appendStockEvents(workbench.pool, { stockIds: [neighbour] });
    expect(await rejection(next()), 'parked').to.be.instanceOf(TermOver);
    await workbench.pool.query("UPDATE relay_parked SET state = 'skipped'");
    expect(await rejection(next()), 'decided, and its stream still waits').to.be.instanceOf(TermOver);
    await drain(workbench.relay(await workbench.newTerm()));
    await appendStockEvents(workbench.pool, { stockIds: [victim, neighbour] });
    await drain(workbench.relay(await workbench.newTerm()));
    await appendStockEvents(workbench.pool, { stockIds: [victim, neighbour] });
    expect((await next()).rows).to.have.length(2);
  });

  it('holds back the settled position while it is decided about, like an event that is being written', async () => {
    const [stockId = ''] = await addStockRows(workbench.pool, { rows: 1 });
    await appendStockEvents(workbench.pool, { stockIds: [stockId] });
    await workbench.pool.query(`INSERT INTO relay_parked (event_id, stream_id, position, reason)
      SELECT id, stream_id, position, 'test' FROM events`);
    const deciding = await workbench.pool.connect();
    await deciding.query("BEGIN; UPDATE relay_parked SET state = 'skipped'");
    await appendStockEvents(workbench.pool, { stockIds: [stockId] });
    const meanwhile = await settledPosition(workbench.db);
    await deciding.query('COMMIT');
    deciding.release();
    expect([meanwhile, await settledPosition(workbench.db)]).to.deep.equal([1, 3]);
  });

  it('is parked when only the stream finds it too large', async () => {
    await workbench.jsm.streams.add({ name: 'INVENTORY', subjects: ['stock.>'], max_msg_size: 2000 });
    const [victim = '', neighbour = ''] = await addStockRows(workbench.pool, { rows: 2 });
    await appendStockEvents(workbench.pool, { stockIds: [victim, neighbour] });
    await appendHostile(victim, { payload: await largePayload(victim, 3000) });
    await appendStockEvents(workbench.pool, { stockIds: [victim, neighbour] });
    const relay = workbench.relay(await workbench.newTerm());
    await drain(relay).catch(() => undefined);
    await drain(relay);
    expect((await parked()).map(({ reason }) => reason)).to.deep.equal([
      'payload too large for the stream (max_msg_size)',
    ]);
    expect((await readStream(workbench.nats)).map(({ streamId }) => streamId === victim)).to.have.members([
      true,
      false,
      false,
    ]);
  });

  /** A payload that fits its schema but for its size: members that the schema does not know are tolerated. */
  async function largePayload(stockId: string, bytes = 2_000_000): Promise<string> {
    const { rows } = await workbench.pool.query<{ payload: string }>(
      `SELECT (payload || jsonb_build_object('version', 2, 'filler', repeat('x', $2::int)))::text AS payload
       FROM events WHERE stream_id = $1 LIMIT 1`, [stockId, bytes]);
    return rows[0]?.payload ?? '';
  }
});
