/** A replay whose NATS freezes: it waits for half a minute, pauses, and ends. */
import { expect } from 'chai';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { openFreezer } from './frozen.ts';
import type { Freezer } from './frozen.ts';

/** A replay waits for half a minute before it pauses; its last attempt may take some ten seconds more. */
const REPLAY_MS = 60_000;

describe('a replay beside a frozen NATS', function () {
  this.timeout(180_000);
  let freezer: Freezer;
  before(async () => { freezer = await openFreezer(); });
  afterEach(() => freezer.thaw());
  after(() => freezer.close());

  it('is paused, says why, and ends', async () => {
    const replaying = await freezer.spawn('relay', ['replay', '--from', 'beginning', '--rate', '500', '--json']);
    await eventually(() => { expect(replaying.noise.join('\n')).to.contain('"type":"progress"'); }, { timeoutMs: 20_000, everyMs: 1 });
    await freezer.servers.nats.freeze();
    expect(await freezer.faultsOf([['relay replay', replaying]], REPLAY_MS)).to.deep.equal([]);
    expect(replaying.noise.join('\n')).to.contain('"reason":"NATS does not answer"');
  });
});
