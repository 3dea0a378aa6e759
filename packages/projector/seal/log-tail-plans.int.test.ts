import { expect } from 'chai';
import { TEST_EPOCH } from '@inventory/db/testing/database.ts';
import { addStockRows, appendStockEvents } from '@inventory/testkit/log/fixture.ts';
import { fillPast } from '@inventory/testkit/log/past.ts';
import { expectSmallPlans, plansOf } from '@inventory/testkit/servers/plans.ts';
import { productIds, readProducts } from '../view/log-snapshot.ts';
import { rebuild } from '../rebuild/rebuild.ts';
import { sealOnce } from './cycle.ts';
import { createWorkbench } from '../testing/workbench.ts';
import type { Workbench } from '../testing/workbench.ts';
import { verifyProducts } from '../verify/verify.ts';

const NEW = 1_000;
const PAGE = 500;
const VERIFIED = 50;

describe('beside a long log the projector reads what it needs and no more', function () {
  this.timeout(60_000);
  let workbench: Workbench;
  before(async () => {
    workbench = await createWorkbench();
    await fillPast(workbench.pool, { rows: 20_000, events: 40_000 });
  });
  after(() => workbench.close());

  it('to seal: the events behind the last seal', async () => {
    await rebuild(workbench, TEST_EPOCH);
    const stockIds = await addStockRows(workbench.pool, { rows: 100 });
    await appendStockEvents(workbench.pool, { stockIds, each: NEW / stockIds.length });
    const plans = await plansOf(workbench.url, async (db) => {
      expect((await sealOnce({ ...workbench, db }, TEST_EPOCH)).outcome).to.equal('sealed');
    });
    expectSmallPlans(plans, NEW);
  });

  it('to rebuild a page of products, or to verify some: their rows, and the newest event of each', async () => {
    const plans = await plansOf(workbench.url, async (db) => {
      const ids = await productIds(db, '40000000-0000-4000-8000-000000000000', PAGE);
      expect(await readProducts({ db }, TEST_EPOCH, ids)).to.have.length(PAGE);
      expect(await verifyProducts({ db, redis: workbench.redis }, TEST_EPOCH, ids.slice(0, VERIFIED))).to.deep.equal([]);
    });
    expectSmallPlans(plans, 4 * PAGE);
  });
});
