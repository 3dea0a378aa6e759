import { expect } from 'chai';
import { Redis } from 'ioredis';
import { expectInvariants } from '@inventory/testkit/invariants/invariants.ts';
import { startSystem } from './system.ts';
import type { System } from './system.ts';
import { runFault, viewFaults } from './view-faults.ts';

/** How long a freeze lasts; NATS is away for a minute. */
const HOLD_MS = 30_000;
const NATS_MS = 60_000;

describe('for long, no answer is wrong for its as_of, and nothing diverges afterwards, when', function () {
  this.timeout(240_000);
  let system: System;
  let redis: Redis;
  beforeEach(async () => {
    system = await startSystem({ proxied: true, redisArgs: ['--save', '3600', '1000000'] });
    redis = new Redis(system.redis.url);
    redis.on('error', () => undefined);
  });
  afterEach(async () => {
    redis.disconnect();
    await system.stop();
  });

  for (const fault of viewFaults) {
    it(fault.name, async () => {
      const holdMs = fault.shows === 'cache' ? NATS_MS : HOLD_MS;
      process.stdout.write(`      ${await runFault({ system, redis }, fault, { holdMs })}\n`);
      const { stdout } = await system.command('packages/projector/main.ts', ['verify', '--deep']);
      expect(stdout).to.equal('20 products verified, 0 differences, 0 streams that do not fold\n');
      await expectInvariants(system.sql);
    });
  }
});
