import type { LoggedEvent } from '@inventory/db/events.ts';
import { expect } from 'chai';
import { createRing } from './ring.ts';

const event = (position: number, note = ''): LoggedEvent => ({
  position, id: `e-${position}`, event_type: 'stock.updated', store_id: 'MAD-001', aggregate_id: 'p', payload: { note },
  timestamp: new Date(0), stream_id: 's', stream_version: position, schema_version: 1, metadata: {},
});
const positions = (events: readonly LoggedEvent[] | undefined) => events?.map(({ position }) => position);

describe('the ring of the newest events', () => {
  it('gives what is behind a position, in order, over the gaps that roll-backs leave', () => {
    const ring = createRing();
    ring.beginAt(3);
    ring.push([event(4), event(7)]);
    ring.push([event(8)]);
    expect(positions(ring.after(3, 10))).to.deep.equal([4, 7, 8]);
    expect(positions(ring.after(5, 10))).to.deep.equal([7, 8]);
    expect(positions(ring.after(5, 1))).to.deep.equal([7]);
    expect(positions(ring.after(8, 10))).to.deep.equal([]);
  });

  it('says that it does not go back so far, and never gives a part for the whole', () => {
    const ring = createRing({ events: 100 });
    ring.beginAt(10);
    expect(ring.after(9, 1)).to.equal(undefined);
    for (let n = 11; n <= 1000; n += 1) {
      ring.push([event(n)]);
      const oldest = Math.max(11, n - 99);
      expect(ring.size()).to.equal(n - oldest + 1);
      expect(ring.after(oldest - 2, 1), 'before its begin').to.equal(undefined);
      expect(positions(ring.after(oldest - 1, 2))?.[0]).to.equal(oldest);
    }
    expect(positions(ring.after(900, 1000))).to.have.length(100);
  });

  it('is bounded by bytes too: large events push out the older ones', () => {
    const ring = createRing({ bytes: 100_000 });
    for (let n = 1; n <= 50; n += 1) ring.push([event(n, 'x'.repeat(9_000))]);
    expect(ring.size()).to.be.within(8, 11);
    ring.push([event(51, 'x'.repeat(200_000))]);
    expect(ring.size(), 'one that is larger than the ring').to.equal(0);
    expect(ring.after(50, 1)).to.equal(undefined);
    expect(positions(ring.after(51, 1))).to.deep.equal([]);
  });

  it('begins anew where it is told to', () => {
    const ring = createRing();
    ring.push([event(1), event(2)]);
    ring.beginAt(1000);
    expect(ring.after(2, 1)).to.equal(undefined);
    expect(ring.after(1000, 1)).to.deep.equal([]);
    expect(ring.size()).to.equal(0);
  });
});
