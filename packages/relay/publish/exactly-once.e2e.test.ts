import { expect } from 'chai';
import { createRelays } from '../testing/relays.ts';
import type { Relays } from '../testing/relays.ts';

describe('relays, one leading and one standing by', () => {
  let relays: Relays;
  beforeEach(async () => { relays = await createRelays(); });
  afterEach(() => relays.close());

  it('lose, double and reorder nothing while the leader is killed again and again', async function () {
    this.timeout(240_000);
    const { tookMs } = await relays.takeAwayTheLeader({ rounds: 5, how: () => 'kill' });
    expect(tookMs.kill).to.have.length(5);
  });

  for (const point of ['relay.fetched', 'relay.acknowledged', 'relay.marked']) {
    it(`lose, double and reorder nothing when the leader dies at ${point}`, async function () {
      this.timeout(120_000);
      const first = await relays.start({ TEST_FAULT_POINT: `${point}@3` });
      const second = await relays.start();
      await relays.writeUntil(first.exited);
      await relays.leads(second);
      await relays.expectOneCopyEach();
    });
  }

  it('refuse what a frozen leader still sends when it wakes up behind its successor', async function () {
    this.timeout(180_000);
    const { faults, tookOverAfterMs, refused } = await relays.freezeWithBatchInHand();
    expect(faults).to.deep.equal([]);
    // Up to 6 s by itself; a busy machine adds to it, so only too early would be wrong.
    expect(tookOverAfterMs, 'ms from the freeze until another leads').to.be.at.least(4500);
    expect(refused, 'batches of the zombie that were refused').to.equal(1);
  });

  it('double events without the chain, so that the test above can fail', async function () {
    this.timeout(180_000);
    const { faults } = await relays.freezeWithBatchInHand({ NODE_ENV: 'test', TEST_WITHOUT_CHAIN: 'true' });
    expect(faults.filter((fault) => fault.startsWith('I8'))).to.have.length.above(0);
  });
});
