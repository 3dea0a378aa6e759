import { expect } from 'chai';
import { TEST_EPOCH } from '@inventory/db/testing/database.ts';
import { SEAL_LOCK } from '@inventory/db/locks.ts';
import { LAST_SEALED_KEY, positionKey, sourceKey, WATERMARK_KEY } from '@inventory/view/keys.ts';
import { sealScript } from '@inventory/view/scripts.ts';
import { readSource } from '@inventory/view/source.ts';
import { createMetrics } from '@inventory/runtime/metrics.ts';
import { runScript } from '@inventory/runtime/redis/scripts.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { appendStockEvents } from '@inventory/testkit/log/fixture.ts';
import { rebuild } from '../rebuild/rebuild.ts';
import { createTelemetry } from '../telemetry/telemetry.ts';
import { addProducts, createWorkbench, dumpView } from '../testing/workbench.ts';
import type { Workbench } from '../testing/workbench.ts';
import { createSealer } from './sealer.ts';

describe('what sealing knows of the view', () => {
  let workbench: Workbench;
  before(async () => { workbench = await createWorkbench(); });
  after(() => workbench.close());

  it('is P, whoever sealed it, and nothing where P proves nothing', async () => {
    await appendStockEvents(workbench.pool, { stockIds: await addProducts(workbench.pool, 2) });
    await rebuild(workbench, TEST_EPOCH);
    const sealing = workbench.sealer();
    const step = () => sealing.step(new AbortController().signal);
    expect(sealing.position(TEST_EPOCH)).to.equal(0);
    await step();
    expect([sealing.position(TEST_EPOCH), sealing.position('00000000.2')]).to.deep.equal([6, 0]);

    const drawnUpTo = (position: number) => workbench.pool.query(
      "SELECT setval(pg_get_serial_sequence('events', 'position'), $1)", [position]);
    await drawnUpTo(3);
    await step();
    expect(sealing.facts().outcome).to.equal('behind');
    expect(sealing.position(TEST_EPOCH), 'positions are drawn again').to.equal(0);
    await drawnUpTo(6);

    const other = await workbench.pool.connect();
    await other.query('SELECT pg_advisory_lock($1)', [SEAL_LOCK]);
    await workbench.redis.mset(positionKey(TEST_EPOCH), 5, WATERMARK_KEY, `${TEST_EPOCH}:1700000000000`);
    await workbench.redis.pexpire(WATERMARK_KEY, 60_000);
    await step();
    expect(sealing.facts().outcome).to.equal('busy');
    expect(sealing.position(TEST_EPOCH), 'another one\'s').to.equal(5);
    await workbench.redis.set(sourceKey(TEST_EPOCH), 'another Redis');
    await workbench.redis.pexpire(WATERMARK_KEY, 1);
    await eventually(async () => { expect(await workbench.redis.exists(WATERMARK_KEY)).to.equal(0); });
    await step();
    expect([sealing.facts().outcome, sealing.rebuilding(), sealing.position(TEST_EPOCH)], 'another one rebuilds it')
      .to.deep.equal(['lost', true, 0]);
    await other.query('SELECT pg_advisory_unlock($1)', [SEAL_LOCK]);
    other.release();
    await eventually(async () => {
      await step();
      expect(sealing.facts().lastRebuild).to.include({ result: 'done' });
    });
    expect([sealing.rebuilding(), sealing.position(TEST_EPOCH)]).to.deep.equal([false, 6]);
  });

  it('is asked for less often while nothing is written, and as often as before from the next event on', async () => {
    const stockIds = await addProducts(workbench.pool, 1);
    const sealing = workbench.sealer();
    const step = () => sealing.step(new AbortController().signal);
    const pauses = async (cycles: number) => {
      const outcomes = [];
      for (let nth = 0; nth < cycles; nth += 1) outcomes.push(await step());
      return outcomes;
    };
    expect((await pauses(8)).slice(-3), 'a log in which nothing happens').to.deep.equal([250, 250, 250]);
    await appendStockEvents(workbench.pool, { stockIds });
    expect(await pauses(6)).to.deep.equal(['idle', 'idle', 'idle', 'idle', 'idle', 250]);
  });
});

describe('two systems that were given one Redis by mistake', () => {
  let first: Workbench;
  let second: Workbench;
  before(async () => {
    [first, second] = await Promise.all([createWorkbench(), createWorkbench()]);
    await second.pool.query("UPDATE log_epoch SET log_id = 'ffffffff-0000-4000-8000-000000000000'");
  });
  after(() => Promise.all([first.close(), second.close()]));

  it('keep their views apart: the second one is refused, in one sentence, for as long as the first one seals', async () => {
    const stockIds = await addProducts(first.pool, 2);
    await appendStockEvents(first.pool, { stockIds });
    await rebuild(first, TEST_EPOCH);
    const states: { readonly ok: boolean; readonly detail: string }[] = [];
    const sealing = first.sealer();
    const refused = createSealer({
      db: second.db, redis: first.redis, log: first.log, onState: (state) => { states.push(state); },
      observe: createTelemetry(createMetrics({ process: 'projector', instance: 'test' })).sealing,
    });
    const signal = new AbortController().signal;
    await sealing.step(signal);
    const before = await dumpView(first.redis, TEST_EPOCH);
    await refused.step(signal);
    expect(refused.facts().outcome).to.equal('foreign');
    expect(states).to.deep.equal([{
      ok: false, detail: 'the view of another log is sealed in this Redis database: two systems have one REDIS_URL; give each its own',
    }]);
    await sealing.step(signal);
    expect(sealing.facts().outcome).to.equal('sealed');

    // The script asks as well: the first one may have sealed since the second one's cycle began.
    await rebuild({ db: second.db, redis: first.redis, log: first.log }, 'ffffffff.1');
    const answer = await runScript(first.redis, sealScript, {
      keys: [WATERMARK_KEY, LAST_SEALED_KEY, positionKey('ffffffff.1'), sourceKey('ffffffff.1')],
      args: ['ffffffff.1', Date.now(), Date.now(), 0, await readSource(first.redis)],
    });
    expect(answer).to.equal('foreign');
    expect(await first.redis.get(WATERMARK_KEY)).to.match(/^00000000\.1:/);
    expect([...await dumpView(first.redis, TEST_EPOCH)]).to.deep.equal([...before]);

    await first.redis.del(WATERMARK_KEY);
    await refused.step(signal);
    expect(refused.facts().outcome, 'the first one is gone').to.equal('sealed');
  });
});
