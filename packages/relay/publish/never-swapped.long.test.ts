import { expect } from 'chai';
import { processEnv } from '@inventory/runtime/config/config.ts';
import { startNats } from '@inventory/testkit/servers/services.ts';
import type { Service } from '@inventory/testkit/servers/service.ts';
import { seedOfRun, swapRounds } from '../testing/swap.ts';

describe('two events of one row, a thousand times', () => {
  let server: Service;
  before(async () => { server = await startNats(); });
  after(() => server.stop());

  it('never swap, however acknowledgements are lost, repeated, reordered and late', async function () {
    this.timeout(3_600_000);
    expect(await swapRounds(server, { rounds: 1000, seed: seedOfRun(processEnv()['TEST_SEED']) })).to.deep.equal([]);
  });
});
