import { expect } from 'chai';
import fc from 'fast-check';
import { applyWrites, writeOf } from './apply.ts';
import { batches, madeUpEvents, tripledAndShuffled } from '../testing/deliveries.ts';
import { createBench, digestOf, dumpView } from '../testing/workbench.ts';

describe('the version guard, 10 000 events', () => {
  it('makes shuffled and tripled deliveries the same view as ordered ones', async function () {
    this.timeout(120_000);
    const bench = await createBench();
    try {
      const events = madeUpEvents(500, 20);
      await fc.assert(fc.asyncProperty(tripledAndShuffled(events), async (deliveries) => {
        await bench.redis.flushall();
        for (const some of batches(events, 500)) await applyWrites(bench.redis, some.flatMap((event) => writeOf(1, event) ?? []));
        for (const some of deliveries) await applyWrites(bench.redis, some.flatMap((event) => writeOf(2, event) ?? []));
        expect(digestOf(await dumpView(bench.redis, 2))).to.equal(digestOf(await dumpView(bench.redis, 1)));
      }), { numRuns: 3 });
    } finally {
      await bench.close();
    }
  });
});
