import { expect } from 'chai';
import type { JetStreamManager } from 'nats';
import { createJob, findReplay, planReplay } from '@inventory/db/operating/replays.ts';
import type { ReplayRequest } from '@inventory/db/operating/replays.ts';
import { steerReplay } from '@inventory/db/operating/steering.ts';
import type { Steer } from '@inventory/db/operating/steering.ts';
import type { Logger } from '@inventory/runtime/log.ts';
import { captureLog } from '@inventory/runtime/testing/log.ts';
import { addStockRows, appendStockEvents } from '@inventory/testkit/log/fixture.ts';
import { startNats } from '@inventory/testkit/servers/services.ts';
import type { Service } from '@inventory/testkit/servers/service.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { maxPayloadOf } from '../stream/jetstream.ts';
import { createWorkbench, readStream, rejection } from '../testing/workbench.ts';
import type { Workbench } from '../testing/workbench.ts';
import { carryOut } from './carry-out.ts';
import { createReplayStream, runReplay } from './replay.ts';
import { cancelRequested, carryOutRequested, startRequested } from './requested.ts';

const EVENTS = 2000;
const everything: ReplayRequest = { from: { kind: 'beginning' }, to: undefined, filter: {}, rate: undefined, maxBytes: undefined };
const never = new AbortController().signal;

describe('a replay that was asked for through the api', () => {
  let server: Service;
  let workbench: Workbench;
  before(async () => { server = await startNats(); });
  after(() => server.stop());
  beforeEach(async () => {
    workbench = await createWorkbench(server);
    await appendStockEvents(workbench.pool, { stockIds: await addStockRows(workbench.pool, { rows: 10 }), each: EVENTS / 10 });
  });
  afterEach(() => workbench.close());

  const lead = (signal = never, changes: { readonly replicas?: number; readonly failures?: Map<string, number>; readonly log?: Logger; readonly jsm?: JetStreamManager } = {}) => {
    const { db, nats, jsm } = workbench;
    return carryOutRequested({ db, nats, jsm, replicas: 1, log: captureLog().log, failures: new Map(), ...changes }, signal);
  };
  const ask = async (request: ReplayRequest = everything): Promise<string> =>
    (await createJob(workbench.db, request, await planReplay(workbench.db, request), { by: 'boss', note: 'for the new shop' })).id;
  const steer = (id: string, how: Steer) => steerReplay(workbench.db, id, how, { by: 'boss', via: 'api', note: undefined });
  const stored = (id: string) => findReplay(workbench.db, id);
  const published = (id: string) => eventually(async () => {
    expect((await workbench.jsm.streams.info(`REPLAY_${id}`)).state.last_seq).to.be.above(0);
  });

  it('is carried out by the relay that leads, one after the other, with the digest that the command has', async () => {
    const [first, second] = [await ask(), await ask({ ...everything, filter: { stores: ['MAD-001'] } })];
    expect(await stored(first)).to.include({ state: 'requested', requested_by: 'boss', note: 'for the new shop', total: EVENTS });
    expect([await lead(), await lead(), await lead()]).to.deep.equal(['more', 'more', 'idle']);
    const own = await createJob(workbench.db, everything, await planReplay(workbench.db, everything));
    const { db, nats, jsm } = workbench;
    await createReplayStream({ jsm, replicas: 1 }, own);
    const { digest } = await runReplay({ db, nats, jsm, maxPayload: () => maxPayloadOf(nats), replicas: 1, signal: never, onProgress: () => undefined, isNewestRun: () => Promise.resolve(true) }, own);
    expect(await stored(first)).to.include({ state: 'done', published: EVENTS, digest });
    expect((await stored(second))?.digest).not.to.equal(digest);
    const ids = async (id: string) => (await readStream(nats, `REPLAY_${id}`)).map((message) => message.id);
    expect(await ids(first)).to.deep.equal(await ids(own.id));
  });

  it('that is cancelled, or paused, by one person is not on record as paused by another who stops it at that moment', async () => {
    const stopper = { by: 'me', via: 'command', note: undefined } as const;
    const decisions = async (id: string) => (await stored(id))?.decisions.map(({ by, action }) => `${by}: ${action}`);
    for (const [how, state, told] of [
      ['cancel', 'cancelling', ['boss: cancel']], ['pause', 'paused', ['boss: pause']], [undefined, 'paused', ['me: pause']],
    ] as const) {
      const job = await createJob(workbench.db, everything, await planReplay(workbench.db, everything));
      const { db, nats, jsm } = workbench;
      await createReplayStream({ jsm, replicas: 1 }, job);
      if (how !== undefined) expect(await steer(job.id, how)).to.equal(undefined);
      await carryOut({ db, nats, replicas: 1, signal: AbortSignal.abort(), stopper, onProgress: () => undefined }, job);
      expect([(await stored(job.id))?.state, await decisions(job.id)], how).to.deep.equal([state, told]);
    }
  });

  it('goes on with the relay that leads next: in good order at once, after a kill when it has been silent for long enough', async () => {
    const id = await ask({ ...everything, rate: 2000 });
    const ended = new AbortController();
    const leading = lead(ended.signal);
    await published(id);
    ended.abort();
    await leading;
    expect(await stored(id)).to.include({ state: 'requested' });
    await workbench.pool.query('UPDATE replay_jobs SET state = \'running\' WHERE id = $1', [id]);
    expect(await lead(), 'it may be running').to.equal('idle');
    await workbench.pool.query('UPDATE replay_jobs SET updated_at = clock_timestamp() - interval \'91 seconds\' WHERE id = $1', [id]);
    expect(await lead()).to.equal('more');
    expect(await stored(id)).to.include({ state: 'done', published: EVENTS });
    const ids = (await readStream(workbench.nats, `REPLAY_${id}`)).map((message) => message.id);
    expect(new Set(ids).size).to.equal(ids.length).and.to.equal(EVENTS);
  });

  it('is paused, resumed and cancelled by whoever may, while it runs', async () => {
    const id = await ask({ ...everything, rate: 400 });
    const leading = lead();
    await published(id);
    expect(await steer(id, 'pause')).to.equal(undefined);
    await leading;
    const paused = await stored(id);
    expect(paused).to.include({ state: 'paused' });
    expect(paused?.published).to.be.within(1, EVENTS - 1);
    expect(await steer(id, 'pause'), 'it is paused already').to.equal('paused');
    expect(await lead(), 'nobody has resumed it').to.equal('idle');
    expect(await steer(id, 'resume')).to.equal(undefined);
    const again = lead();
    await eventually(async () => { expect(await stored(id)).to.include({ state: 'running' }); });
    expect(await steer(id, 'cancel')).to.equal(undefined);
    await again;
    expect(await stored(id)).to.include({ state: 'cancelling' });
    await cancelRequested({ ...workbench, log: captureLog().log });
    expect(await stored(id)).to.include({ state: 'cancelled' });
    expect(await workbench.jsm.streams.names('replay.>').next()).to.deep.equal([]);
    expect(await steer(id, 'resume')).to.equal('cancelled');
    expect((await stored(id))?.decisions.map(({ by, via, action, note }) => [by, via, action, note]), 'and who did it is kept').to.deep.equal([
      ['boss', 'api', 'cancel', null], ['boss', 'api', 'resume', null], ['boss', 'api', 'pause', null],
    ]);
    expect(await steer('nobody', 'resume')).to.equal('unknown');
  });

  it('is cancelled at once while another one runs', async () => {
    const done = await ask();
    await lead();
    const slow = await ask({ ...everything, rate: 1 });
    const { db, nats, jsm } = workbench;
    const loops = startRequested({ db, nats, jsm, replicas: 1, log: captureLog().log });
    try {
      await published(slow);
      await steer(done, 'cancel');
      await eventually(async () => { expect(await stored(done)).to.include({ state: 'cancelled' }); });
      expect(await jsm.streams.names('replay.>').next()).to.deep.equal([`REPLAY_${slow}`]);
      expect(await stored(slow)).to.include({ state: 'running' });
    } finally {
      await Promise.all(loops.map((loop) => loop.stop()));
    }
    expect(await stored(slow), 'it waits for the relay that leads next').to.include({ state: 'requested' });
  });

  it('is paused where JetStream refuses its stream, with one line in the log, and does not stand in the way of others', async () => {
    const [refused, other] = [await ask(), await ask()];
    const { log, lines } = captureLog();
    // One server cannot keep three copies.
    expect(await lead(never, { replicas: 3, log })).to.equal('more');
    expect(await stored(refused)).to.include({ state: 'paused' }).and.property('detail').match(/replicas/);
    expect(lines().filter(({ level }) => level === 'warn')).to.have.lengthOf(1);
    expect(await lead()).to.equal('more');
    expect(await stored(other)).to.include({ state: 'done' });
  });

  it('is tried again behind the others where that may help, and is paused when it has failed five times in a row', async () => {
    const [failing, other] = [await ask(), await ask()];
    const failures = new Map<string, number>();
    // As while a server is elected.
    const away = { ...workbench.jsm, streams: { ...workbench.jsm.streams, info: () => Promise.reject(new Error('no answer')) } };
    const attempt = () => lead(never, { failures, jsm: away });
    expect(await rejection(attempt())).to.have.property('message', 'no answer');
    expect(await stored(failing)).to.include({ state: 'requested', detail: 'no answer' });
    expect(await lead(never, { failures })).to.equal('more');
    expect(await stored(other), 'it had its turn').to.include({ state: 'done' });
    for (let nth = 2; nth <= 4; nth += 1) await rejection(attempt());
    expect(await stored(failing)).to.include({ state: 'requested' });
    expect(await attempt()).to.equal('more');
    expect(await stored(failing)).to.include({ state: 'paused', detail: 'no answer' });
    await steer(failing, 'resume');
    expect(await lead(never, { failures })).to.equal('more');
    expect(await stored(failing)).to.include({ state: 'done', detail: null });
  });

  it('waits for a person, who is told why, where it cannot go on', async () => {
    const [full, old] = [await ask({ ...everything, maxBytes: 200_000 }), await ask()];
    await workbench.pool.query('UPDATE replay_jobs SET epoch = 7 WHERE id = $1', [old]);
    await lead();
    await lead();
    expect(await stored(full)).to.include({ state: 'paused', detail: `the stream REPLAY_${full} is full` });
    expect(await stored(old)).to.include({ state: 'paused', detail: 'it is of epoch 7, the log is in epoch 1; begin a new one' });
    await workbench.jsm.streams.update(`REPLAY_${full}`, { max_bytes: -1 });
    await steer(full, 'resume');
    await lead();
    expect(await stored(full)).to.include({ state: 'done', published: EVENTS, detail: null });
  });
});
