import { expect } from 'chai';
import { createQueue } from './queue.ts';
import { commandOf, receive } from '../testing/committing.ts';

const row = { productId: '0198a000-0000-7000-8000-0000000000aa', storeId: 'MAD-001' };
const [part] = receive(row, 1).parts;
const waiting = (parts: number, name = '') => ({
  name, command: commandOf(part === undefined ? [] : Array.from({ length: parts }, () => part)),
});
const partsOf = (taken: readonly ReturnType<typeof waiting>[]) => taken.map(({ command }) => command.parts.length);

describe('the queue of a lane', () => {
  it('is taken in the order of arrival, at most 128 commands at once', () => {
    const queue = createQueue<ReturnType<typeof waiting>>();
    for (let n = 0; n < 150; n += 1) queue.add(waiting(1, String(n)));
    expect(queue.take().map(({ name }) => name)).to.deep.equal(Array.from({ length: 128 }, (_, n) => String(n)));
    expect(queue.take()).to.have.length(22);
    expect(queue.take()).to.deep.equal([]);
    expect(queue.size()).to.equal(0);
  });

  it('gives transactions of a bounded size, whatever the commands consist of', () => {
    const queue = createQueue<ReturnType<typeof waiting>>();
    for (let n = 0; n < 41; n += 1) queue.add(waiting(50));
    expect(partsOf(queue.take())).to.deep.equal(Array.from({ length: 20 }, () => 50));
    expect(partsOf(queue.take())).to.have.length(20);
    expect(partsOf(queue.take())).to.deep.equal([50]);
  });

  it('gives at most one list to a transaction, so that lists do not keep single changes waiting', () => {
    const queue = createQueue<ReturnType<typeof waiting>>();
    for (let n = 0; n < 3; n += 1) queue.add(waiting(1000));
    for (let n = 0; n < 2; n += 1) queue.add(waiting(1));
    expect(partsOf(queue.take())).to.deep.equal([1, 1, 1000]);
    queue.add(waiting(2));
    expect(partsOf(queue.take())).to.deep.equal([2, 1000]);
    expect(partsOf(queue.take())).to.deep.equal([1000]);
  });

  it('is bounded, each line by itself: a flood of lists keeps no single change out', () => {
    const queue = createQueue<ReturnType<typeof waiting>>();
    const lists = Array.from({ length: 40 }, () => queue.add(waiting(51)));
    expect(lists.filter(Boolean)).to.have.length(32);
    const singles = Array.from({ length: 1100 }, () => queue.add(waiting(1)));
    expect(singles.filter(Boolean)).to.have.length(1024);
    expect(queue.size()).to.equal(32 + 1024);
    queue.take();
    expect(queue.add(waiting(1)), 'behind a transaction').to.equal(true);
  });
});
