import { expect } from 'chai';
import { createHash } from 'node:crypto';
import { addStockRows, appendStockEvents } from '@inventory/testkit/log/fixture.ts';
import { startNats } from '@inventory/testkit/servers/services.ts';
import type { Service } from '@inventory/testkit/servers/service.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { ReplayPaused, createReplayStream, runReplay } from './replay.ts';
import type { ReplayDeps } from './replay.ts';
import { parseBound, RangeRefused } from '@inventory/db/operating/range.ts';
import { beginRun, createJob, findJob, listReplays, noteEnd, noteProgress, planReplay } from '@inventory/db/operating/replays.ts';
import type { ReplayJob, ReplayRequest } from '@inventory/db/operating/replays.ts';
import { cancelReplay, tidyReplays } from './streams.ts';
import { maxPayloadOf } from '../stream/jetstream.ts';
import { createWorkbench, drain, readStream, rejection } from '../testing/workbench.ts';
import type { Workbench } from '../testing/workbench.ts';

const everything: ReplayRequest = {
  from: { kind: 'beginning' },
  to: undefined,
  filter: {},
  rate: undefined,
  maxBytes: undefined,
};

describe('a replay', () => {
  let server: Service;
  let workbench: Workbench;
  let stockIds: readonly string[];
  before(async () => { server = await startNats(); });
  after(() => server.stop());
  beforeEach(async () => {
    workbench = await createWorkbench(server);
    stockIds = await addStockRows(workbench.pool, { rows: 10 });
    await appendStockEvents(workbench.pool, { stockIds, each: 200 });
  });
  afterEach(() => workbench.close());

  const deps = (changes: Partial<ReplayDeps> = {}): ReplayDeps => ({
    db: workbench.db,
    nats: workbench.nats,
    jsm: workbench.jsm,
    maxPayload: () => maxPayloadOf(workbench.nats),
    replicas: 1,
    signal: new AbortController().signal,
    onProgress: () => undefined,
    isNewestRun: () => Promise.resolve(false),
    ...changes,
  });
  const begin = async (request: ReplayRequest = everything): Promise<ReplayJob> => {
    const job = await createJob(workbench.db, request, await planReplay(workbench.db, request));
    await createReplayStream(deps(), job);
    return job;
  };
  /** Runs until so many events are published, then pauses as Ctrl-C does. */
  const runUntil = async (job: ReplayJob, published: number) => {
    const stopping = new AbortController();
    return runReplay(
      deps({
        signal: stopping.signal,
        onProgress: (count) => {
          if (count >= published) stopping.abort();
        },
      }),
      job,
    );
  };
  const logIds = async () => {
    const rows = await workbench.db.selectFrom('events').select('id').orderBy('position').execute();
    return rows.map(({ id }) => id);
  };
  const stream = (job: ReplayJob) => readStream(workbench.nats, `REPLAY_${job.id}`);
  const digestOf = (ids: readonly string[]) =>
    createHash('sha256')
      .update(ids.map((id) => `${id}\n`).join(''))
      .digest('hex');

  it('puts every event of the range once, in the order of the log, on subjects of its own', async () => {
    await drain(workbench.relay(await workbench.newTerm()));
    const live = await workbench.jsm.streams.info('INVENTORY');
    const job = await begin();
    const { published, digest } = await runReplay(deps(), job);
    const stored = await stream(job);
    const ids = await logIds();
    expect(published).to.equal(2000);
    expect(stored.map(({ id }) => id)).to.deep.equal(ids);
    expect(stored.map(({ sequence }) => sequence)).to.deep.equal(ids.map((_, i) => i + 1));
    expect(stored[0]?.subject).to.match(new RegExp(`^replay\\.${job.id}\\.stock\\.updated\\.(MAD|BCN|VAL)-001$`));
    expect(digest).to.equal(digestOf(ids));
    expect((await workbench.jsm.streams.info('INVENTORY')).state).to.deep.equal(live.state);
    const message = await workbench.jsm.streams.getMessage(`REPLAY_${job.id}`, { seq: 1 });
    expect([message.header.get('Replay'), message.header.get('Replay-Id')]).to.deep.equal(['true', job.id]);
  });

  it('carries the same id, time and payload as the live message', async () => {
    await drain(workbench.relay(await workbench.newTerm()));
    const job = await begin();
    await runReplay(deps(), job);
    const [live, replayed] = await Promise.all([
      workbench.jsm.streams.getMessage('INVENTORY', { seq: 42 }),
      workbench.jsm.streams.getMessage(`REPLAY_${job.id}`, { seq: 42 }),
    ]);
    for (const name of ['ce-id', 'ce-time', 'ce-type', 'ce-sequence', 'ce-partitionkey']) {
      expect(replayed.header.get(name), name).to.equal(live.header.get(name)).and.not.equal('');
    }
    expect(Buffer.from(replayed.data).toString()).to.equal(Buffer.from(live.data).toString());
  });

  it('ends with the same digest whether it was interrupted or not, one copy each', async () => {
    const whole = await begin();
    const uninterrupted = await runReplay(deps(), whole);
    const job = await begin();
    for (const published of [300, 900, 1500]) expect((await runUntil(job, published)).digest).to.equal(undefined);
    // It grows on meanwhile; the range was fixed at the start.
    await appendStockEvents(workbench.pool, { stockIds, each: 5 });
    const again = await findJob(workbench.db, job.id);
    const { digest, published } = await runReplay(deps(), again ?? job);
    expect(published).to.equal(2000);
    expect(digest).to.equal(uninterrupted.digest);
    expect((await stream(job)).map(({ id }) => id)).to.deep.equal((await stream(whole)).map(({ id }) => id));
  });

  it('run by two processes at once puts one copy each: the broker refuses the second', async () => {
    const job = await begin();
    const outcomes = await Promise.allSettled([runReplay(deps(), job), runReplay(deps(), job)]);
    const ended = outcomes.filter(({ status }) => status === 'fulfilled');
    expect(ended).to.have.length.within(0, 2);
    const { digest } = await runReplay(deps(), job);
    expect((await stream(job)).map(({ id }) => id)).to.deep.equal(await logIds());
    expect(digest).to.equal(digestOf(await logIds()));
  });

  it('stays done when a second process that was refused says later that it has paused', async () => {
    const job = await begin();
    const { published, digest } = await runReplay(deps(), job);
    if (digest === undefined) throw new Error('it has ended');
    await noteEnd(workbench.db, job, published, { state: 'done', digest });
    expect(await noteProgress(workbench.db, job, 1)).to.equal(false);
    await noteEnd(workbench.db, job, 1, { state: 'paused', detail: 'another process publishes this replay' });
    expect(await findJob(workbench.db, job.id)).to.include({ state: 'done', published, digest });
    expect((await listReplays(workbench.db, 10))[0]).to.include({ state: 'done' });
  });

  it('is not paused by a process that was frozen, which changes nothing by its older number', async () => {
    const frozen = await begin();
    const runs = await beginRun(workbench.db, frozen.id);
    expect([frozen.runs, runs]).to.deep.equal([1, 2]);
    expect(await noteProgress(workbench.db, frozen, 1), 'it stops').to.equal(false);
    await noteEnd(workbench.db, frozen, 1, { state: 'paused', detail: 'another process publishes this replay' });
    await noteEnd(workbench.db, frozen, 1, { state: 'requested', detail: 'no answer' });
    expect(await findJob(workbench.db, frozen.id)).to.include({ state: 'running', published: 0, runs: 2 });
    expect(await noteProgress(workbench.db, { ...frozen, runs: 2 }, 7)).to.equal(true);
    expect(await findJob(workbench.db, frozen.id)).to.include({ published: 7 });
  });

  for (const [what, newest] of [['goes on behind what an older run has published meanwhile', true], ['ends where a newer run has published meanwhile', false]] as const) {
    it(what, async () => {
      const job = await begin();
      const held = Promise.withResolvers<undefined>();
      const reached = Promise.withResolvers<undefined>();
      const waits = runReplay(deps({
        isNewestRun: () => Promise.resolve(newest),
        onProgress: () => {
          reached.resolve(undefined);
          return held.promise;
        },
      }), job);
      await reached.promise;
      const { digest } = await runReplay(deps(), job);
      held.resolve(undefined);
      if (newest) expect(await waits).to.include({ published: 2000, digest });
      else expect(await rejection(waits)).to.be.instanceOf(ReplayPaused).and.have.property('message', 'another process publishes this replay');
      expect((await stream(job)).map(({ id }) => id)).to.deep.equal(await logIds());
    });
  }

  it('sends an empty message in the place of an event that cannot be published', async () => {
    await workbench.pool.query('ALTER TABLE events DROP CONSTRAINT events_store_id_check');
    await workbench.pool.query(
      `INSERT INTO events (id, event_type, store_id, aggregate_id, payload, stream_id, stream_version)
       SELECT gen_random_uuid(), 'stock.updated', E'MAD\\r\\nPUB x 0', product_id, '{}', id, 201
       FROM stock WHERE id = $1`,
      [stockIds[0]],
    );
    await appendStockEvents(workbench.pool, { stockIds: stockIds.slice(1) });
    const job = await begin();
    const { published, unpublishable, digest } = await runReplay(deps(), job);
    expect({ published, unpublishable }).to.deep.equal({ published: 2010, unpublishable: 1 });
    const stored = await stream(job);
    expect(stored.map(({ id }) => id)).to.deep.equal(await logIds());
    expect(digest).to.equal(digestOf(await logIds()));
    expect(stored[2000]?.subject).to.equal(`replay.${job.id}.unpublishable`);
  });

  it('pauses when its stream is full, and goes on when there is room again', async () => {
    const job = await begin({ ...everything, maxBytes: 200_000 });
    const full = await rejection(runReplay(deps(), job));
    expect(full).to.be.instanceOf(ReplayPaused).and.have.property('message', `the stream REPLAY_${job.id} is full`);
    await workbench.jsm.streams.update(`REPLAY_${job.id}`, { max_bytes: -1 });
    await runReplay(deps(), job);
    expect((await stream(job)).map(({ id }) => id)).to.deep.equal(await logIds());
  });

  it('holds only what is asked for: types, stores, products, times and positions', async () => {
    const {
      rows: [middle],
    } = await workbench.pool.query<{ id: string; position: string; timestamp: Date; payload: { product_id: string } }>(
      'SELECT id, position, timestamp, payload FROM events WHERE position = 1000',
    );
    const plan = (changes: Partial<ReplayRequest>) => planReplay(workbench.db, { ...everything, ...changes });
    expect(await plan({ filter: { stores: ['MAD-001'] } })).to.include({ total: 600 });
    expect(await plan({ filter: { products: [middle?.payload.product_id ?? ''] } })).to.include({ total: 200 });
    expect(await plan({ filter: { types: ['product.created'] } })).to.include({ total: 0 });
    expect(await plan({ from: parseBound('--from', 'position:1990') })).to.include({ total: 11 });
    expect(await plan({ to: parseBound('--to', `event:${middle?.id}`) })).to.include({ total: 1000 });
    expect(await plan({ from: parseBound('--from', '1h') })).to.include({ total: 2000 });
    expect(await plan({ from: parseBound('--from', '2099-01-01T00:00:00Z') })).to.include({ total: 0 });
    for (const [from, to] of [
      ['1h', '2h'], ['2026-07-02T00:00:00Z', '2026-07-01T23:59:59Z'], ['1h', '2020-01-01T00:00:00Z'], ['position:11', 'position:10'],
      [`event:${middle?.id}`, 'position:999'], ['position:1001', `event:${middle?.id}`], ['beginning', 'beginning'],
      ['position:5', '2020-01-01T00:00:00Z'],
    ]) {
      const backwards = plan({ from: parseBound('--from', from ?? ''), to: parseBound('--to', to ?? '') });
      expect(await rejection(backwards), `${from} to ${to}`).to.be.instanceOf(RangeRefused).and.property('message').match(/lies behind/);
    }
    for (const [from, to, total] of [
      ['2h', '1h', 0], ['2019-01-01T00:00:00Z', '2020-01-01T00:00:00Z', 0], ['position:10', 'position:10', 1],
      ['beginning', '2020-01-01T00:00:00Z', 0], ['2h', 'position:2000', 2000], ['2099-01-01T00:00:00Z', '2099-01-02T00:00:00Z', 0],
    ] as const) {
      expect(await plan({ from: parseBound('--from', from), to: parseBound('--to', to) }), `${from} to ${to}`).to.include({ total });
    }
    const from = await plan({ from: parseBound('--from', middle?.timestamp.toISOString() ?? '') });
    const to = await plan({ to: parseBound('--to', middle?.timestamp.toISOString() ?? '') });
    expect(from.total + to.total).to.be.within(2000, 2010);
  });

  it('stops when it is cancelled, its stream is deleted, and it stays cancelled', async () => {
    const job = await begin();
    let cancelled = false;
    const stopped = await rejection(runReplay(deps({
      onProgress: async () => {
        if (cancelled) return;
        cancelled = await cancelReplay(workbench.db, workbench.jsm.streams, job.id);
      },
    }), job));
    expect(stopped).to.be.instanceOf(ReplayPaused).and.property('message').match(/is gone/);
    await noteEnd(workbench.db, job, 512, { state: 'paused' });
    expect(await listReplays(workbench.db, 10)).to.have.length(1).and.nested.property('[0].state', 'cancelled');
    expect(await workbench.jsm.streams.names('replay.>').next()).to.deep.equal([]);
    expect(await cancelReplay(workbench.db, workbench.jsm.streams, 'nobody')).to.equal(false);
  });

  it('is tidied away a day after it last moved; streams that this log does not know are left alone', async () => {
    const [old, young] = [await begin(), await begin()];
    await runReplay(deps(), old);
    await workbench.jsm.streams.add({ name: 'REPLAY_foreign', subjects: ['replay.foreign.>'] });
    await workbench.pool.query(
      "UPDATE replay_jobs SET updated_at = clock_timestamp() - interval '25 hours' WHERE id = $1", [old.id]);
    expect((await listReplays(workbench.db, 10)).map(({ id, state }) => [id, state])).to.deep.include.members([
      [old.id, 'interrupted'], [young.id, 'running'],
    ]);
    expect(await tidyReplays(workbench.db, workbench.jsm.streams)).to.deep.equal([old.id]);
    expect(await workbench.jsm.streams.names('replay.>').next()).to.have.members([`REPLAY_${young.id}`, 'REPLAY_foreign']);
    expect(await findJob(workbench.db, old.id)).to.include({ state: 'cancelled' });
    expect(await tidyReplays(workbench.db, workbench.jsm.streams)).to.deep.equal([]);
  });

  it('is not tidied away where somebody goes on with it at that moment', async () => {
    const job = await begin();
    await runUntil(job, 500);
    await workbench.pool.query("UPDATE replay_jobs SET state = 'paused', updated_at = clock_timestamp() - interval '25 hours' WHERE id = $1", [job.id]);
    const client = await workbench.pool.connect();
    try {
      await client.query('BEGIN');
      await client.query("UPDATE replay_jobs SET state = 'running', updated_at = clock_timestamp() WHERE id = $1", [job.id]);
      const tidying = tidyReplays(workbench.db, workbench.jsm.streams);
      await eventually(async () => {
        const { rows } = await workbench.pool.query("SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'");
        expect(rows).to.have.lengthOf(1);
      }, { what: 'the tidying to wait for the row' });
      await client.query('COMMIT');
      expect(await tidying).to.deep.equal([]);
    } finally {
      client.release();
    }
    expect(await findJob(workbench.db, job.id)).to.include({ state: 'running' });
    expect(await workbench.jsm.streams.names('replay.>').next()).to.deep.equal([`REPLAY_${job.id}`]);
  });
});
