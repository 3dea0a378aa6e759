import { expect } from 'chai';
import { addStockRows, appendStockEvents } from '@inventory/testkit/log/fixture.ts';
import { startNats } from '@inventory/testkit/servers/services.ts';
import type { Service } from '@inventory/testkit/servers/service.ts';
import { release, skip } from '@inventory/db/operating/parked.ts';
import type { Database } from '@inventory/db/pool.ts';
import { STREAM } from '@inventory/domain/subjects.ts';
import { TermOver } from './fence.ts';
import type { Lead } from './fence.ts';
import { initialState, publishBatch } from '../publish/batch.ts';
import { listUnfound, park, passOver } from '../publish/left-behind.ts';
import { fetchRange } from '../publish/outbox.ts';
import { markPublished, takeOut } from '../publish/runs.ts';
import { renewStream } from '../reconcile/repair.ts';
import { createWorkbench, drain, readStream, rejection, streamFaults } from '../testing/workbench.ts';
import type { Workbench } from '../testing/workbench.ts';

const never = new AbortController().signal;
const DECIDER = { by: 'test', via: 'command', note: undefined } as const;

describe('a former leader that wakes up', () => {
  let server: Service;
  let workbench: Workbench;
  before(async () => { server = await startNats(); });
  after(() => server.stop());
  beforeEach(async () => { workbench = await createWorkbench(server); });
  afterEach(() => workbench.close());

  /** A leader that freezes after it has fetched and before it publishes. `wake` lets it go on; `woken` is its end. */
  const frozenLeader = async (): Promise<{ readonly wake: () => void; readonly woken: Promise<unknown> }> => {
    const leader = workbench.relay(await workbench.newTerm());
    const [frozen, wake] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
    const woken = publishBatch({
      ...leader,
      async publish(...args) {
        frozen.resolve(undefined);
        await wake.promise;
        return leader.publish(...args);
      },
    }, initialState(), never).catch(() => undefined);
    await Promise.race([frozen.promise, woken]);
    return { wake: () => { wake.resolve(undefined); }, woken };
  };

  it('has nothing in hand beyond an event that may still turn up: two batches on their way never differ', async () => {
    const [early = '', late = ''] = await addStockRows(workbench.pool, { rows: 2 });
    const slow = await workbench.pool.connect();
    await slow.query('BEGIN');
    await slow.query(
      `INSERT INTO events (id, event_type, store_id, aggregate_id, payload, stream_id, stream_version)
       SELECT gen_random_uuid(), 'store.created', 'GLOBAL', uid,
         jsonb_build_object('store_uid', uid, 'store_id', id, 'name', name, 'version', 1), uid, 1 FROM stores LIMIT 1`);
    await appendStockEvents(workbench.pool, { stockIds: [early, late] });

    const { wake, woken } = await frozenLeader();
    await slow.query('COMMIT');
    slow.release();

    // Its successor has read the tail and is about to publish when the former one wakes up.
    const successor = workbench.relay(await workbench.newTerm());
    const state = initialState();
    await publishBatch({
      ...successor,
      async publish(...args) {
        wake();
        await woken;
        return successor.publish(...args);
      },
    }, state, never).catch(() => undefined);
    await drain(successor, state);
    expect(await streamFaults(workbench)).to.deep.equal([]);
    expect((await readStream(workbench.nats)).map(({ position }) => position)).to.deep.equal([1, 2, 3]);
  });

  for (const decision of ['retry', 'skip'] as const) {
    it(`leaves one copy each between the first two messages behind a ${decision}`, async () => {
      const [victim = '', ...others] = await addStockRows(workbench.pool, { rows: 4 });
      await appendStockEvents(workbench.pool, { stockIds: [victim] });
      const { rows: [large] } = await workbench.pool.query<{ id: string }>(
        `WITH raised AS (UPDATE stock SET version = 2 WHERE id = $1)
         INSERT INTO events (id, event_type, store_id, aggregate_id, payload, stream_id, stream_version)
         SELECT gen_random_uuid(), event_type, store_id, aggregate_id,
           payload || jsonb_build_object('version', 2, 'filler', repeat('x', 5000)), stream_id, 2
         FROM events WHERE stream_id = $1 RETURNING id`, [victim]);
      await appendStockEvents(workbench.pool, { stockIds: [victim], each: 2 });
      await drain(workbench.relay(await workbench.newTerm(), { maxPayload: () => 3000 }));
      await appendStockEvents(workbench.pool, { stockIds: others });

      const { wake, woken } = await frozenLeader();
      const id = large?.id ?? '';
      if (decision === 'retry') expect(await release(workbench.db, id, DECIDER)).to.equal('released');
      else expect(await skip(workbench.db, id, DECIDER)).to.equal(true);

      const successor = workbench.relay(await workbench.newTerm());
      const state = initialState();
      await publishBatch({
        ...successor,
        async publish(messages, base) {
          const { accepted, failure } = await successor.publish(messages.slice(0, 1), base);
          wake();
          await woken;
          if (failure !== undefined) return { accepted, failure };
          const rest = await successor.publish(messages.slice(1), base + 1);
          return { ...rest, accepted: 1 + rest.accepted };
        },
      }, state, never).catch(() => undefined);
      await drain(successor, state);
      const faults = await streamFaults(workbench);
      expect(faults).to.deep.equal(decision === 'retry' ? [] : [`I7: event ${id} is not in the stream`]);
      const versions = (await readStream(workbench.nats)).filter(({ streamId }) => streamId === victim);
      expect(versions.map(({ version }) => version)).to.deep.equal(decision === 'retry' ? [1, 2, 3, 4] : [1, 3, 4]);
    });
  }

  it('changes nothing in the log any more: neither marks nor parks, and does not make a stream its own', async () => {
    const stockIds = await addStockRows(workbench.pool, { rows: 2 });
    await appendStockEvents(workbench.pool, { stockIds });
    const former = await workbench.newTerm();
    const leader = workbench.relay(await workbench.newTerm());
    await drain(leader);
    await appendStockEvents(workbench.pool, { stockIds });
    const everything = async () => [
      (await workbench.pool.query('SELECT * FROM published_runs ORDER BY first_sequence')).rows,
      await workbench.db.selectFrom('relay_left_behind').selectAll().execute(),
      await workbench.db.selectFrom('relay_parked').selectAll().execute(),
      await workbench.db.selectFrom('relay_stream').selectAll().execute(),
    ];
    const before = await everything();
    const [row] = await fetchRange(workbench.db, { from: 3, to: 3, filter: {}, limit: 1 });
    if (row === undefined) throw new Error('three events were appended');
    const stream = String((await workbench.jsm.streams.info(STREAM)).created);
    const standing = { stream, epoch: 1, frontier: 2, passed: new Set<number>() };
    const { session, jsm } = workbench;
    // A place that a repair could fill.
    await jsm.streams.delete(STREAM);
    const writes = (lead: Lead, db: Database) => [
      () => markPublished(db, lead, standing, [{ position: row.position, sequence: 3, listed: false, repair: false }]),
      () => markPublished(db, lead, standing, [{ position: row.position, sequence: 3, listed: true, repair: false }]),
      () => park(db, lead, { events: [{ row, reason: 'test' }], waiting: [] }),
      () => takeOut(db, lead, stream, [1]),
      () => passOver(db, lead, { frontier: 2, settled: 10, limit: 10 }),
      () => listUnfound(db, lead, { frontier: 2, upTo: 4, found: [] }),
      () => renewStream({ db, session: db, lead, jsm, replicas: 1 }, 2),
    ];
    // Neither a former leader, nor the one that leads on another session than that of the lock.
    for (const write of [...writes(former, session), ...writes(leader.lead, workbench.db)]) {
      expect(await rejection(write())).to.be.instanceOf(TermOver);
    }
    expect(await everything()).to.deep.equal(before);
  });
});
