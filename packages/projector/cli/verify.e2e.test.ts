import { expect } from 'chai';
import { TEST_EPOCH } from '@inventory/db/testing/database.ts';
import { FULL_FIELD, productKey } from '@inventory/view/keys.ts';
import { appendStockEvents } from '@inventory/testkit/log/fixture.ts';
import { spawnProcess } from '@inventory/testkit/processes/processes.ts';
import { productIds } from '../view/log-snapshot.ts';
import { rebuild } from '../rebuild/rebuild.ts';
import { addProducts, createWorkbench, dumpView } from '../testing/workbench.ts';
import type { Workbench } from '../testing/workbench.ts';

const PRODUCTS = 20;

describe('projector verify', function () {
  this.timeout(90_000);
  let workbench: Workbench;
  before(async () => {
    workbench = await createWorkbench();
    await appendStockEvents(workbench.pool, { stockIds: await addProducts(workbench.pool, PRODUCTS), each: 3 });
    await rebuild(workbench, TEST_EPOCH);
  });
  after(() => workbench.close());

  /** Runs the command as an operator would; the answer is what it printed, in lines. */
  async function verify(...options: readonly string[]) {
    const command = await spawnProcess({
      command: 'projector', args: ['verify', '--json', ...options],
      env: { DATABASE_URL: workbench.url, REDIS_URL: workbench.server.url },
    });
    const { code } = await command.exited;
    const lines = command.noise.map((line): Record<string, unknown> => JSON.parse(line));
    return {
      code,
      found: lines.filter(({ event }) => event === 'divergence')
        .map(({ product_id: id, field, kind }) => `${String(id)} ${String(field)} ${String(kind)}`).sort(),
      result: lines.at(-1),
    };
  }

  it('finds exactly the five keys that were corrupted in five ways, repairs them, and finds nothing then', async () => {
    const whole = [...await dumpView(workbench.redis, TEST_EPOCH)];
    const ids = await productIds(workbench.db, undefined, PRODUCTS);
    const [high = '', low = '', ahead = '', missing = '', foreign = ''] = [3, 7, 11, 15, 19].map((n) => ids[n]);
    await workbench.redis.hset(productKey(TEST_EPOCH, high), 'MAD-001', '3:4:0:0:0');
    await workbench.redis.hset(productKey(TEST_EPOCH, low), 'BCN-001', '3:2:0:0:0');
    await workbench.redis.hset(productKey(TEST_EPOCH, ahead), 'VAL-001', '4:4:0:0:0');
    await workbench.redis.hdel(productKey(TEST_EPOCH, missing), 'MAD-001');
    expect(await workbench.redis.hget(productKey(TEST_EPOCH, missing), FULL_FIELD)).to.equal('1');
    await workbench.redis.hset(productKey(TEST_EPOCH, foreign), 'LIS-001', '1:1:0:0:0');
    const expected = [
      `${high} MAD-001 different`, `${low} BCN-001 different`, `${ahead} VAL-001 ahead`,
      `${missing} MAD-001 missing`, `${foreign} LIS-001 foreign`,
    ].sort();

    const looked = await verify();
    expect(looked.found).to.deep.equal(expected);
    expect(looked).to.deep.include({
      code: 1, result: { event: 'done', epoch: 1, products: PRODUCTS, differences: 5, repaired: 0, remaining: 5 },
    });
    const repaired = await verify('--repair');
    expect(repaired.found).to.deep.equal(expected);
    expect(repaired).to.deep.include({
      code: 0, result: { event: 'done', epoch: 1, products: PRODUCTS, differences: 5, repaired: 5, remaining: 0 },
    });
    expect([...await dumpView(workbench.redis, TEST_EPOCH)], 'every other key as it was').to.deep.equal(whole);
    expect(await verify('--deep')).to.deep.include({ code: 0, found: [] });
  });
});
