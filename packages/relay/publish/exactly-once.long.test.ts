import { expect } from 'chai';
import { createRelays } from '../testing/relays.ts';
import type { Relays } from '../testing/relays.ts';

describe('relays under a hundred take-overs', () => {
  let relays: Relays;
  beforeEach(async () => { relays = await createRelays(); });
  afterEach(() => relays.close());

  it('lose, double and reorder nothing: half by kill -9, half by a freeze and waking up', async function () {
    this.timeout(3_600_000);
    const { tookMs } = await relays.takeAwayTheLeader({ rounds: 100, how: (n) => (n % 2 === 0 ? 'kill' : 'freeze') });
    expect(tookMs.kill).to.have.length(50);
    expect(tookMs.freeze).to.have.length(50);
  });
});
