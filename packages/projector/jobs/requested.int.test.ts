import { expect } from 'chai';
import { listViewJobs, noteViewJob, requestViewJob, takeViewJob } from '@inventory/db/operating/view-jobs.ts';
import type { ViewJobKind, ViewJobLine } from '@inventory/db/operating/view-jobs.ts';
import { createDatabase } from '@inventory/db/pool.ts';
import type { Database } from '@inventory/db/pool.ts';
import { asLogin, createTestPool, TEST_EPOCH } from '@inventory/db/testing/database.ts';
import { productKey } from '@inventory/view/keys.ts';
import { appendStockEvents } from '@inventory/testkit/log/fixture.ts';
import { rebuild } from '../rebuild/rebuild.ts';
import { addProducts, createWorkbench, digestOf, dumpView, expectedView } from '../testing/workbench.ts';
import type { Workbench } from '../testing/workbench.ts';
import { productIds } from '../view/log-snapshot.ts';
import { doRequested } from './requested.ts';

const never = new AbortController().signal;

describe('a job that was asked of the projectors', () => {
  let workbench: Workbench;
  /** As the api has it. */
  let api: Database;
  beforeEach(async () => {
    workbench = await createWorkbench();
    api = createDatabase(createTestPool(asLogin(workbench.url, 'api'), 1));
    await appendStockEvents(workbench.pool, { stockIds: await addProducts(workbench.pool, 8), each: 3 });
    await rebuild(workbench, TEST_EPOCH);
  });
  afterEach(async () => {
    await api.destroy();
    await workbench.close();
  });

  const ask = (kind: ViewJobKind, deep = false) => requestViewJob(api, { kind, deep }, { by: 'boss', via: 'api', note: 'after the fire' });
  const work = (signal = never) => doRequested({ ...workbench, instance: 'p1' }, signal);
  const newest = async (): Promise<ViewJobLine> => (await listViewJobs(api, 1))[0] ?? expect.fail('there is none');
  const corrupt = async (): Promise<string> => {
    const [id = ''] = await productIds(workbench.db, undefined, 1);
    await workbench.redis.hset(productKey(TEST_EPOCH, id), 'MAD-001', '3:999:0:0:0');
    return id;
  };

  it('is to compare the whole view, and names exactly what differs', async () => {
    expect(await work()).to.equal('idle');
    expect(await ask('verify')).to.include({ state: 'requested', requested_by: 'boss', note: 'after the fire' });
    expect(await work()).to.equal('more');
    expect(await newest()).to.deep.include({
      state: 'done', products: 8, total: 8, instance: 'p1', detail: null,
      result: { products: 8, differences: 0, found: [], faults: null, folds: [], fields: null, open: null, remaining: null },
    });
    const id = await corrupt();
    await ask('verify', true);
    await work();
    const { result } = await newest();
    expect(result).to.deep.include({ differences: 1, faults: 0, found: [{ product_id: id, field: 'MAD-001', kind: 'different', found: '3:999:0:0:0', expected: '3:3:0:0:0' }] });
    expect((await workbench.redis.hget(productKey(TEST_EPOCH, id), 'MAD-001')), 'nothing is repaired by looking').to.equal('3:999:0:0:0');
  });

  it('is to build the view anew, and who asked is kept', async () => {
    await corrupt();
    await workbench.redis.del(productKey(TEST_EPOCH, (await productIds(workbench.db, undefined, 2))[1] ?? ''));
    await ask('rebuild');
    await work();
    expect(await newest()).to.deep.include({ kind: 'rebuild', state: 'done', products: 8 }).and.have.nested.property('result.remaining', 0);
    const view = new Map([...await dumpView(workbench.redis, TEST_EPOCH)].filter(([key]) => key !== 'stores'));
    expect(digestOf(view)).to.equal(digestOf(await expectedView(workbench.pool)));
    const { rows } = await workbench.pool.query('SELECT actor, via, action, note FROM operator_actions');
    expect(rows).to.deep.equal([{ actor: 'boss', via: 'api', action: 'view.rebuild', note: 'after the fire' }]);
  });

  it('is one of its kind at a time', async () => {
    expect(await ask('verify')).not.to.equal(undefined);
    expect(await ask('verify')).to.equal(undefined);
    expect(await ask('rebuild')).not.to.equal(undefined);
    await work();
    expect(await ask('verify'), 'it has ended').not.to.equal(undefined);
    const { rows } = await workbench.pool.query('SELECT FROM operator_actions');
    expect(rows, 'one record for each that was asked for').to.have.lengthOf(3);
  });

  it('is put back by a projector that stops, and taken over from one that is silent, which changes nothing any more', async () => {
    await ask('verify');
    expect(await work(AbortSignal.abort())).to.equal('more');
    expect(await newest()).to.include({ state: 'requested' });
    const frozen = await takeViewJob(workbench.db, 'p0') ?? expect.fail('there is none');
    expect(await work(), 'it may be at work').to.equal('idle');
    await workbench.pool.query('UPDATE view_jobs SET updated_at = clock_timestamp() - interval \'91 seconds\'');
    expect(await work()).to.equal('more');
    expect(await newest()).to.include({ state: 'done', instance: 'p1' });
    expect(await noteViewJob(workbench.db, frozen, { products: 1, total: 8 })).to.equal(false);
    expect(await newest()).to.include({ state: 'done', products: 8 });
  });

  it('that five projectors have died of has failed, and may be asked for again', async () => {
    await ask('rebuild');
    const fallSilent = () => workbench.pool.query('UPDATE view_jobs SET updated_at = clock_timestamp() - interval \'91 seconds\' WHERE state = \'running\'');
    for (let run = 1; run <= 5; run += 1) {
      expect(await takeViewJob(workbench.db, `p${run}`), `run ${run}`).to.include({ runs: run });
      expect(await ask('rebuild'), 'one at a time').to.equal(undefined);
      await fallSilent();
    }
    expect(await work()).to.equal('idle');
    expect(await newest()).to.include({
      state: 'failed', detail: 'was taken up 5 times; the last projector, p5, fell silent' });
    expect(await ask('rebuild')).not.to.equal(undefined);
    expect(await work()).to.equal('more');
    expect(await newest()).to.include({ state: 'done' });
  });

  it('says why it has failed', async () => {
    await ask('rebuild');
    await workbench.server.kill();
    await work();
    expect(await newest()).to.include({ state: 'failed' }).and.have.property('detail').that.is.a('string').and.has.length.above(0);
    expect(await ask('rebuild'), 'and may be asked for again').not.to.equal(undefined);
    await workbench.server.restart();
  });
});
