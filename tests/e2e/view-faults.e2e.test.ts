import { expect } from 'chai';
import { Redis } from 'ioredis';
import { expectInvariants } from '@inventory/testkit/invariants/invariants.ts';
import { readOwnWrites } from './own-writes.ts';
import { startSystem } from './system.ts';
import type { System } from './system.ts';
import { runFault, viewFaults } from './view-faults.ts';

describe('the view, with real processes', function () {
  this.timeout(120_000);
  let system: System;
  let redis: Redis;
  before(async () => {
    system = await startSystem({ apis: 2, proxied: true, redisArgs: ['--save', '3600', '1000000'] });
    redis = new Redis(system.redis.url);
    redis.on('error', () => undefined);
  });
  after(async () => {
    redis.disconnect();
    await system.stop();
  });

  it('shows one\'s own write, asked for through another api with its version', async () => {
    const { older, refused, sources } = await readOwnWrites(system, { pairs: 200 });
    process.stdout.write(`      200 pairs: ${older.length} older, ${refused} refused; ${JSON.stringify(sources)}\n`);
    expect(older.slice(0, 5)).to.deep.equal([]);
  });

  describe('gives no answer that is wrong for its as_of, and is right again by itself, when', () => {
    for (const fault of viewFaults.filter(({ quick }) => quick)) {
      it(fault.name, async () => {
        process.stdout.write(`      ${await runFault({ system, redis }, fault)}\n`);
      });
    }
  });

  describe('afterwards', () => {
    it('diverges nowhere in the end, and every invariant holds', async () => {
      const { stdout } = await system.command('packages/projector/main.ts', ['verify', '--deep']);
      expect(stdout).to.equal('20 products verified, 0 differences, 0 streams that do not fold\n');
      await expectInvariants(system.sql);
    });
  });
});
