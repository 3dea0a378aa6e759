import { expect } from 'chai';
import { TEST_EPOCH } from '@inventory/db/testing/database.ts';
import { decodeSeal } from '@inventory/view/codec.ts';
import {
  checkpointKey, FULL_FIELD, LAST_SEALED_KEY, positionKey, productKey, sourceKey, storeNamesKey, WATERMARK_KEY,
} from '@inventory/view/keys.ts';
import { appendStockEvents } from '@inventory/testkit/log/fixture.ts';
import { rebuild } from '../rebuild/rebuild.ts';
import { expectWholeView, startWithView, stockAt } from '../testing/sealed-view.ts';
import { createWorkbench } from '../testing/workbench.ts';
import type { Workbench } from '../testing/workbench.ts';
import { sealOnce } from './cycle.ts';

describe('sealing beside somebody else who writes to Redis', () => {
  let workbench: Workbench;
  beforeEach(async () => { workbench = await createWorkbench(); });
  afterEach(() => workbench.close());

  it('replaces a watermark that no projector can have written: of the far future, without an end, or of another type', async () => {
    await startWithView(workbench, 1);
    const forgeries: readonly (() => Promise<unknown>)[] = [WATERMARK_KEY, LAST_SEALED_KEY].flatMap((key) => [
      () => workbench.redis.set(key, `${TEST_EPOCH}:9999999999999`, 'PX', 1_900),
      () => workbench.redis.set(key, `${TEST_EPOCH}:${Date.now() + 10_000}`),
      () => workbench.redis.set(key, '00000000.9:1700000000000'),
      () => workbench.redis.set(key, '00000000.9:1700000000000', 'PX', 400_000),
      () => workbench.redis.set(key, 'ffffffff.1:9999999999999', 'PX', 1_900),
      () => workbench.redis.set(key, 'ffffffff.1:1700000000000'),
      () => workbench.redis.set(key, 'soon'),
      async () => {
        await workbench.redis.del(key);
        await workbench.redis.lpush(key, 'no text');
      },
    ]);
    for (const [nth, forge] of forgeries.entries()) {
      await forge();
      expect(await sealOnce(workbench, TEST_EPOCH)).to.include({ outcome: 'sealed' });
      for (const text of await workbench.redis.mget(WATERMARK_KEY, LAST_SEALED_KEY)) {
        expect(decodeSeal(String(text)).atMs, `forgery ${nth}`).to.be.within(Date.now() - 5_000, Date.now() + 100);
      }
    }
  });

  it('goes on although one product\'s key has another type, and takes that away', async () => {
    const [first, , , second] = await startWithView(workbench, 2);
    if (first === undefined || second === undefined) throw new Error('products have rows');
    const { product_id: id } = await workbench.db.selectFrom('stock').select('product_id').where('id', '=', first).executeTakeFirstOrThrow();
    await workbench.redis.set(productKey(TEST_EPOCH, id), 'no hash');
    await appendStockEvents(workbench.pool, { stockIds: [first, second] });
    expect(await sealOnce(workbench, TEST_EPOCH)).to.include({ outcome: 'sealed', to: 8 });
    expect(await stockAt(workbench, second)).to.include({ version: 2 });
    expect(await stockAt(workbench, first)).to.include({ version: 2 });
    expect(await workbench.redis.hget(productKey(TEST_EPOCH, id), FULL_FIELD), 'nobody knows its other rows').to.equal(null);
  });

  it('treats what the view knows of itself as lost where it has another type, and the rebuild writes it anew', async () => {
    await startWithView(workbench, 2);
    for (const own of [positionKey(TEST_EPOCH), sourceKey(TEST_EPOCH), checkpointKey(TEST_EPOCH), storeNamesKey(TEST_EPOCH)]) {
      await workbench.redis.del(own);
      await workbench.redis.sadd(own, 'no such thing');
      if (own !== checkpointKey(TEST_EPOCH) && own !== storeNamesKey(TEST_EPOCH)) {
        expect(await sealOnce(workbench, TEST_EPOCH), own).to.deep.equal({ outcome: 'lost', epoch: TEST_EPOCH });
      }
      expect((await rebuild(workbench, TEST_EPOCH)).result, own).to.equal('done');
      expect(await sealOnce(workbench, TEST_EPOCH), own).to.include({ outcome: 'sealed' });
    }
    await expectWholeView(workbench);
  });

  it('rebuilds by itself when P is one that nobody has sealed, and leaves that to a person where the log may have gone back', async () => {
    const stockIds = await startWithView(workbench, 4);
    const sealing = workbench.sealer();
    const { signal } = new AbortController();
    await sealing.step(signal);
    await appendStockEvents(workbench.pool, { stockIds });
    await workbench.redis.set(positionKey(TEST_EPOCH), 1_000_000);
    await sealing.step(signal);
    expect(sealing.facts()).to.include({ outcome: 'behind' });
    expect(sealing.facts().lastRebuild).to.include({ result: 'done', products: 4, position: 24 });
    await sealing.step(signal);
    expect(sealing.facts()).to.include({ outcome: 'sealed', position: 24 });
    await expectWholeView(workbench);

    // A process that has sealed nothing yet cannot tell who is wrong.
    await workbench.redis.set(positionKey(TEST_EPOCH), 1_000_000);
    const other = workbench.sealer();
    await other.step(signal);
    expect(other.facts()).to.deep.include({ outcome: 'behind', lastRebuild: undefined });
    expect(await rebuild(workbench, TEST_EPOCH)).to.include({ result: 'done', position: 24 });
    await other.step(signal);
    expect(other.facts()).to.include({ outcome: 'sealed', position: 24 });
  });
});
