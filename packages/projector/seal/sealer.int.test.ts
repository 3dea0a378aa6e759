import { expect } from 'chai';
import { SEAL_LOCK } from '@inventory/db/locks.ts';
import { positionKey, sourceKey, WATERMARK_KEY } from '@inventory/view/keys.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { appendStockEvents } from '@inventory/testkit/log/fixture.ts';
import { rebuild } from '../rebuild/rebuild.ts';
import { addProducts, createWorkbench } from '../testing/workbench.ts';
import type { Workbench } from '../testing/workbench.ts';

const EPOCH = 1;

describe('what sealing knows of the view', () => {
  let workbench: Workbench;
  before(async () => { workbench = await createWorkbench(); });
  after(() => workbench.close());

  it('is P, whoever sealed it, and nothing where P proves nothing', async () => {
    await appendStockEvents(workbench.pool, { stockIds: await addProducts(workbench.pool, 2) });
    await rebuild(workbench, EPOCH);
    const sealing = workbench.sealer();
    const step = () => sealing.step(new AbortController().signal);
    expect(sealing.position(EPOCH)).to.equal(0);
    await step();
    expect([sealing.position(EPOCH), sealing.position(EPOCH + 1)]).to.deep.equal([6, 0]);

    const drawnUpTo = (position: number) => workbench.pool.query(
      "SELECT setval(pg_get_serial_sequence('events', 'position'), $1)", [position]);
    await drawnUpTo(3);
    await step();
    expect(sealing.facts().outcome).to.equal('behind');
    expect(sealing.position(EPOCH), 'positions are drawn again').to.equal(0);
    await drawnUpTo(6);

    const other = await workbench.pool.connect();
    await other.query('SELECT pg_advisory_lock($1)', [SEAL_LOCK]);
    await workbench.redis.mset(positionKey(EPOCH), 5, WATERMARK_KEY, '1:1700000000000');
    await workbench.redis.pexpire(WATERMARK_KEY, 60_000);
    await step();
    expect(sealing.facts().outcome).to.equal('busy');
    expect(sealing.position(EPOCH), 'another one\'s').to.equal(5);
    await workbench.redis.set(sourceKey(EPOCH), 'another Redis');
    await workbench.redis.pexpire(WATERMARK_KEY, 1);
    await eventually(async () => { expect(await workbench.redis.exists(WATERMARK_KEY)).to.equal(0); });
    await step();
    expect([sealing.facts().outcome, sealing.rebuilding(), sealing.position(EPOCH)], 'another one rebuilds it')
      .to.deep.equal(['lost', true, 0]);
    await other.query('SELECT pg_advisory_unlock($1)', [SEAL_LOCK]);
    other.release();
    await eventually(async () => {
      await step();
      expect(sealing.facts().lastRebuild).to.include({ result: 'done' });
    });
    expect([sealing.rebuilding(), sealing.position(EPOCH)]).to.deep.equal([false, 6]);
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
