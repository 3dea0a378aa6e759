import { expect } from 'chai';
import { processEnv } from '@inventory/runtime/config/config.ts';
import { startNats } from '@inventory/testkit/servers/services.ts';
import type { Service } from '@inventory/testkit/servers/service.ts';
import { seedOfRun, swapRounds } from '../testing/swap.ts';

describe('two events of one row', () => {
  let server: Service;
  before(async () => { server = await startNats(); });
  after(() => server.stop());

  it('never swap, however acknowledgements are lost, repeated, reordered and late', async function () {
    this.timeout(120_000);
    expect(await swapRounds(server, { rounds: 60, seed: seedOfRun(processEnv()['TEST_SEED']) })).to.deep.equal([]);
  });

  it('would without the chain: the same mischief doubles and swaps them', async function () {
    this.timeout(240_000);
    // One run of 120 rounds may be right by luck; five are not.
    const given = processEnv()['TEST_SEED'];
    let faults: readonly string[] = [];
    for (let run = 0; run < 5 && faults.length === 0; run += 1) {
      const found = await swapRounds(server, { rounds: 120, seed: seedOfRun(given) + run, chained: false });
      faults = found.filter((fault) => /^I(8|10)/.test(fault));
    }
    expect(faults).to.have.length.above(0);
  });
});
