import { expect } from 'chai';
import type { FollowOptions } from './client.ts';
import { failure, scriptedClients } from './testing/scripted-client.ts';
import { problem } from './testing/scripted-server.ts';
import type { Reply } from './testing/scripted-server.ts';

const page = (items: readonly number[], next_cursor: string, has_more = false): Reply => ({
  body: { items: items.map((position) => ({ position })), next_cursor, has_more },
});

describe('following the log', function () {
  this.timeout(20_000);
  const scripted = scriptedClients();

  /** Follows until the server was asked `until` times; what happened, in order. */
  async function followed(replies: readonly Reply[], more: Partial<FollowOptions> = {}) {
    const over = new AbortController();
    const { client, asked } = await scripted((_, nth) => {
      if (nth > replies.length) over.abort();
      return replies[nth - 1] ?? page([], 'over');
    }, { retries: 0 });
    const told: unknown[] = [];
    await client.follow({
      pollMs: 1, signal: over.signal,
      onEvents: (events) => { told.push(events.map(({ position }) => position)); },
      checkpoint: (cursor) => { told.push(cursor); },
      ...more,
    });
    return { told, asked: asked.map(({ path }) => path.split('?')[1]) };
  }

  it('hands over pages in order, each before its checkpoint, and goes on from there', async () => {
    const { told, asked } = await followed(
      [page([1, 2], 'c2', true), page([3], 'c3'), page([], 'c3'), page([4], 'c4')], { after: 'c0', store_id: 'MAD-001' });
    expect(told).to.deep.equal([[1, 2], 'c2', [3], 'c3', [4], 'c4']);
    expect(asked.map((query) => query?.split('after=')[1])).to.deep.equal(['c0', 'c2', 'c3', 'c3', 'c4']);
    for (const query of asked) expect(query).to.include('store_id=MAD-001');
  });

  it('keeps the place behind events that the filter left out', async () => {
    expect((await followed([page([], 'c7', true), page([], 'c9')])).told).to.deep.equal(['c7', 'c9']);
  });

  it('outlasts what passes', async () => {
    const { told, asked } = await followed([page([1], 'c1'), problem(503, 'overloaded'), 'cut', page([2], 'c2')]);
    expect(told).to.deep.equal([[1], 'c1', [2], 'c2']);
    expect(asked.slice(1, 4)).to.deep.equal(['after=c1', 'after=c1', 'after=c1']);
  });

  it('of a log that was restored begins where onReset says', async () => {
    const gone = problem(410, 'log_epoch_changed');
    const begun = await followed([page([5], 'c5'), gone, page([1], 'd1')], { onReset: ({ code }) => { expect(code).to.equal('log_epoch_changed'); return undefined; } });
    expect(begun.told).to.deep.equal([[5], 'c5', [1], 'd1']);
    expect(begun.asked).to.deep.equal([undefined, 'after=c5', undefined, 'after=d1']);
    const elsewhere = await followed([gone, page([1], 'd1')], { after: 'old', onReset: () => Promise.resolve('d0') });
    expect(elsewhere.asked.slice(0, 2)).to.deep.equal(['after=old', 'after=d0']);
  });

  it('ends with what does not pass, with 410 where nobody cares, and with an error of onEvents before the checkpoint', async () => {
    expect((await failure(followed([problem(403, 'forbidden')]))).code).to.equal('forbidden');
    expect((await failure(followed([problem(410, 'log_epoch_changed')]))).code).to.equal('log_epoch_changed');
    const kept: string[] = [];
    const own = await followed([page([1], 'c1')], {
      onEvents: () => { throw new Error('disk full'); }, checkpoint: (cursor) => { kept.push(cursor); },
    }).catch(String);
    expect([own, kept]).to.deep.equal(['Error: disk full', []]);
  });

  it('ends by its signal while it asks', async () => {
    const over = new AbortController();
    const { client } = await scripted(() => {
      setTimeout(() => { over.abort(); }, 20);
      return 'silence';
    });
    await client.follow({ onEvents: () => undefined, signal: over.signal });
  });
});
