import { expect } from 'chai';
import fc from 'fast-check';
import type { DomainEvent } from '@inventory/domain/events.ts';
import { TooNew } from '@inventory/domain/events-stored.ts';
import { applyWrites, readEvent, writeOf } from './apply.ts';
import { batches, madeUpEvents, tripledAndShuffled } from '../testing/deliveries.ts';
import { createWorkbench, digestOf, dumpView } from '../testing/workbench.ts';
import type { Workbench } from '../testing/workbench.ts';

describe('the version guard', () => {
  let workbench: Workbench;
  before(async () => { workbench = await createWorkbench(); });
  after(() => workbench.close());

  const deliver = async (epoch: string, deliveries: readonly (readonly DomainEvent[])[]): Promise<void> => {
    for (const events of deliveries) {
      await applyWrites(workbench.redis, events.flatMap((event) => writeOf(epoch, event) ?? []));
    }
  };

  it('makes shuffled and tripled deliveries the same view as ordered ones', async () => {
    let epochs = 1;
    const shape = fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 30 }))
      .map(([streams, each]) => madeUpEvents(streams, each))
      .chain((events) => tripledAndShuffled(events).map((deliveries) => ({ events, deliveries })));
    await fc.assert(fc.asyncProperty(shape, async ({ events, deliveries }) => {
      const [ordered, shuffled] = [`00000000.${epochs += 1}`, `00000000.${epochs += 1}`];
      await deliver(ordered, batches(events, 50));
      await deliver(shuffled, deliveries);
      expect(digestOf(await dumpView(workbench.redis, shuffled))).to.equal(digestOf(await dumpView(workbench.redis, ordered)));
    }), { numRuns: 15 });
  });

  it('says of each write whether it was news, and where a version was left out', async () => {
    const [one, two, three, four, five] = madeUpEvents(1, 5).flatMap((event) => writeOf('00000000.900', event) ?? []);
    if (one === undefined || two === undefined || three === undefined || four === undefined || five === undefined) {
      throw new Error('five events are five writes');
    }
    expect(await applyWrites(workbench.redis, [two])).to.deep.equal({ written: [true], gaps: 0 });
    expect(await applyWrites(workbench.redis, [two, one])).to.deep.equal({ written: [false, false], gaps: 0 });
    expect(await applyWrites(workbench.redis, [one, three, two])).to.deep.equal({ written: [true, true, true], gaps: 0 });
    expect(await workbench.redis.hvals(three.key)).to.deep.equal([three.value]);
    expect(await applyWrites(workbench.redis, [five])).to.deep.equal({ written: [true], gaps: 1 });
    expect(await applyWrites(workbench.redis, [four])).to.deep.equal({ written: [false], gaps: 0 });
  });

  it('goes on after Redis has forgotten its scripts', async () => {
    const [one] = madeUpEvents(1, 1).flatMap((event) => writeOf('00000000.901', event) ?? []);
    if (one === undefined) throw new Error('an event is a write');
    await workbench.redis.script('FLUSH', 'SYNC');
    expect((await applyWrites(workbench.redis, [one])).written).to.deep.equal([true]);
  });
});

describe('readEvent', () => {
  const [event] = madeUpEvents(1, 1);
  const payload = event?.payload;
  const read = (type: string, written: unknown, version = 1) => readEvent({ type, version, payload: written });

  it('refuses a store id that would be a field of the view itself', () => {
    for (const store_id of ['#full', '#product', 'GLOBAL', 'a b', '']) {
      expect(() => read('stock.updated', { ...payload, store_id }), store_id).to.throw(RangeError);
    }
  });

  it('refuses an unknown type or version, and a payload that does not fit', () => {
    expect(() => read('stock.vanished', payload)).to.throw(TooNew);
    expect(() => read('stock.updated', { ...payload, quantity: -1 })).to.throw(/quantity/);
    expect(() => read('', null)).to.throw(TooNew);
    expect(() => read('stock.updated', payload, 2)).to.throw(TooNew, 'schema version');
  });
});
