/** Every command of an operator beside a server that is frozen: it says so and ends, within seconds, whatever stays open. */
import { expect } from 'chai';
import type { ProcessName } from '@inventory/testkit/processes/processes.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { openFreezer } from './frozen.ts';
import type { Freezer } from './frozen.ts';

describe('beside a frozen server', function () {
  this.timeout(180_000);
  let freezer: Freezer;
  before(async () => { freezer = await openFreezer(); });
  afterEach(() => freezer.thaw());
  after(() => freezer.close());

  type Command = readonly [command: ProcessName, args: readonly string[], script?: string];
  const commands: Readonly<Record<'nats' | 'redis' | 'postgres', readonly Command[]>> = {
    nats: [
      ['relay', ['status']], ['relay', ['status', '--json']], ['relay', ['reconcile']], ['relay', ['reconcile', '--repair']],
      ['relay', ['reconcile', '--restored', '--no-erasures']], ['relay', ['replay', '--from', 'beginning']], ['relay', ['watch']],
    ],
    redis: [['projector', ['status']], ['projector', ['verify']], ['projector', ['rebuild']]],
    postgres: [
      ['relay', ['status']], ['relay', ['reconcile']], ['relay', ['parked', 'ls']], ['relay', ['replay', 'ls']],
      ['projector', ['status']], ['projector', ['verify']], ['api', [], 'packages/api/cli/seed.ts'], ['api', ['up'], 'db/migrate.ts'],
      ['api', ['revoke', '--jti', 'x'], 'packages/api/cli/token.ts'],
    ],
  };
  for (const frozen of ['nats', 'redis', 'postgres'] as const) {
    it(`${frozen}: each of ${commands[frozen].length} commands says what is wrong, and ends`, async () => {
      await freezer.servers[frozen].freeze();
      const spawned = await Promise.all(commands[frozen].map(async ([command, args, script]) =>
        [`${script ?? command} ${args.join(' ')}`, await freezer.spawn(command, args, script)] as const));
      expect(await freezer.faultsOf(spawned)).to.deep.equal([]);
    });
  }

  it('nats, frozen in the midst of it: relay reconcile says what is wrong, and ends', async () => {
    const reading = await freezer.spawn('relay', ['reconcile', '--json']);
    await eventually(() => { expect(reading.noise.join('\n')).to.contain('"type":"begin"'); }, { timeoutMs: 20_000, everyMs: 1 });
    await freezer.servers.nats.freeze();
    expect(await freezer.faultsOf([['relay reconcile', reading]])).to.deep.equal([]);
  });
});
