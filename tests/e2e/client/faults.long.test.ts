/** The promise of the client under faults of the network, over ten thousand calls; faults.e2e.test.ts makes fewer. */
import { expectInvariants } from '@inventory/testkit/invariants/invariants.ts';
import { openFaultyNetwork } from './faulty-network.ts';
import type { FaultyNetwork } from './faulty-network.ts';

const CALLS = 10_000;

describe('the client, when the network fails for long', function () {
  this.timeout(600_000);
  let network: FaultyNetwork;
  before(async () => { network = await openFaultyNetwork(); });
  after(() => network.close());

  it(`does nothing twice in ${CALLS} calls under cut connections, delays and lost answers, and tells each as it is`, async () => {
    await network.expectNothingTwice(CALLS);
    await expectInvariants(network.system.sql);
  });
});
