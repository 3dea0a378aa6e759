import { expect } from 'chai';
import fc from 'fast-check';
import { applyWrites, writeOf } from './apply.ts';
import { batches, madeUpEvents, tripledAndShuffled } from '../testing/deliveries.ts';
import { createWorkbench, digestOf, dumpView } from '../testing/workbench.ts';

describe('the version guard, 10 000 events', () => {
  it('makes shuffled and tripled deliveries the same view as ordered ones', async function () {
    this.timeout(120_000);
    const workbench = await createWorkbench();
    try {
      const events = madeUpEvents(500, 20);
      await fc.assert(fc.asyncProperty(tripledAndShuffled(events), async (deliveries) => {
        await workbench.redis.flushall();
        for (const some of batches(events, 500)) await applyWrites(workbench.redis, some.flatMap((event) => writeOf('00000000.1', event) ?? []));
        for (const some of deliveries) await applyWrites(workbench.redis, some.flatMap((event) => writeOf('00000000.2', event) ?? []));
        expect(digestOf(await dumpView(workbench.redis, '00000000.2'))).to.equal(digestOf(await dumpView(workbench.redis, '00000000.1')));
      }), { numRuns: 3 });
    } finally {
      await workbench.close();
    }
  });
});
