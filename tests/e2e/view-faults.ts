/** Faults of the projector and of Redis, each with what causes it and what heals it. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import type { Redis } from 'ioredis';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import type { System } from './system.ts';
import { startTraffic } from '@inventory/testkit/http/traffic.ts';
import { expectEveryKey } from './equal-copies.ts';

interface Victim {
  readonly system: System;
  /** A connection to Redis past all proxies. */
  readonly redis: Redis;
}

interface ViewFault {
  readonly name: string;
  /** Few seconds, and so in every run of the tests. */
  readonly quick: boolean;
  /** The source of answers that must be seen while it lasts: `database` where the view can vouch for nothing. */
  readonly shows: 'database' | 'cache';
  /** Does the harm, and resolves with what ends it. */
  readonly hurt: (victim: Victim) => Promise<() => unknown>;
}

const projectorOf = (system: System) => {
  const projector = system.projectors.at(-1);
  if (projector === undefined) throw new Error('no projector was started');
  return projector;
};

/** What an earlier fault has saved would not be an empty start. */
async function forgetSaved({ redis: { local } }: System): Promise<void> {
  if (local !== undefined) await rm(join(local.dir, 'dump.rdb'), { force: true });
}

export const viewFaults: readonly ViewFault[] = [
  {
    name: 'the projector is killed', quick: true, shows: 'database',
    hurt: async ({ system }) => {
      await projectorOf(system).kill();
      return () => system.startProjector();
    },
  },
  {
    name: 'the projector is frozen', quick: false, shows: 'database',
    hurt: async ({ system }) => {
      const projector = projectorOf(system);
      await projector.freeze();
      return () => { projector.resume(); };
    },
  },
  {
    name: 'between the projector and Redis nothing passes', quick: false, shows: 'database',
    hurt: ({ system }) => {
      system.proxies().projectorToRedis.blackhole();
      return Promise.resolve(() => { system.proxies().projectorToRedis.heal(); });
    },
  },
  {
    name: 'between the projector and NATS nothing passes', quick: false, shows: 'cache',
    hurt: ({ system }) => {
      system.proxies().projectorToNats.blackhole();
      return Promise.resolve(() => { system.proxies().projectorToNats.heal(); });
    },
  },
  {
    name: 'NATS is gone', quick: false, shows: 'cache',
    hurt: async ({ system }) => {
      await system.nats.kill();
      return () => system.nats.restart();
    },
  },
  {
    name: 'Redis is killed, and starts empty', quick: false, shows: 'database',
    hurt: async ({ system }) => {
      await system.redis.kill();
      await forgetSaved(system);
      return () => system.redis.restart();
    },
  },
  {
    name: 'Redis is restarted empty, at once', quick: false, shows: 'database',
    hurt: async ({ system }) => {
      await system.redis.kill();
      await forgetSaved(system);
      await system.redis.restart();
      return () => undefined;
    },
  },
  {
    // Redis may be back before the next request; what shows is that the view was rebuilt.
    name: 'Redis comes back with old data', quick: true, shows: 'cache',
    hurt: async ({ system, redis }) => {
      await redis.save();
      const { rows: [saved] } = await system.sql.query<{ n: number }>('SELECT count(*)::int AS n FROM events');
      await eventually(async () => {
        const { rows: [now] } = await system.sql.query<{ n: number }>('SELECT count(*)::int AS n FROM events');
        expect(now?.n).to.be.above((saved?.n ?? 0) + 10);
      }, { what: 'writes that the saved data does not have' });
      const rebuilds = (): number => projectorOf(system).logs
        .filter(({ message }) => message === 'the view is rebuilt').length;
      const before = rebuilds();
      await system.redis.kill();
      await system.redis.restart();
      await eventually(() => { expect(rebuilds()).to.be.above(before); }, { timeoutMs: 30_000, what: 'a rebuild' });
      return () => undefined;
    },
  },
  {
    name: 'Redis is frozen', quick: false, shows: 'database',
    hurt: async ({ system }) => {
      await system.redis.freeze();
      return () => system.redis.resume();
    },
  },
  {
    name: 'between the api and Redis nothing passes', quick: true, shows: 'database',
    hurt: ({ system }) => {
      system.proxies().apiToRedis.blackhole();
      return Promise.resolve(() => { system.proxies().apiToRedis.heal(); });
    },
  },
  {
    name: 'Redis answers after 300 ms', quick: false, shows: 'database',
    hurt: ({ system }) => {
      system.proxies().apiToRedis.delay(300);
      system.proxies().projectorToRedis.delay(300);
      return Promise.resolve(() => {
        system.proxies().apiToRedis.heal();
        system.proxies().projectorToRedis.heal();
      });
    },
  },
  {
    name: 'Redis is emptied', quick: false, shows: 'database',
    hurt: async ({ redis }) => {
      await redis.flushall();
      return () => undefined;
    },
  },
  {
    name: 'Redis is a replica that takes no writes', quick: true, shows: 'database',
    hurt: async ({ redis }) => {
      await redis.replicaof('127.0.0.1', 1);
      return () => redis.replicaof('NO', 'ONE');
    },
  },
  {
    name: 'Redis is out of memory', quick: true, shows: 'database',
    hurt: async ({ redis }) => {
      await redis.config('SET', 'maxmemory', '1');
      return () => redis.config('SET', 'maxmemory', '0');
    },
  },
];

/**
 * Does the harm under traffic, for at least `holdMs` and until it has shown, ends it, and waits until the view carries
 * the answers again; then holds every answer against the log, and every key against its rows.
 * @throws {AssertionError} for a wrong answer, a status other than 200 and 503, or a key that is wrong in the end
 */
export async function runFault(victim: Victim, fault: ViewFault, { holdMs = 0 } = {}): Promise<string> {
  const { system, redis } = victim;
  const traffic = await startTraffic(system);
  await traffic.more(20, 'cache');
  const before = { all: traffic.answers(), writes: traffic.writes() };
  const shown = traffic.answers(fault.shows);
  const startedAt = performance.now();
  const heal = await fault.hurt(victim);
  // Some faults have shown and are over by now.
  await eventually(() => { expect(traffic.answers(fault.shows)).to.be.above(shown); }, {
    timeoutMs: 30_000, what: `answers of ${fault.shows}`,
  });
  const left = holdMs - (performance.now() - startedAt);
  if (left > 0) await delay(left);
  const during = { all: traffic.answers() - before.all, writes: traffic.writes() - before.writes };
  await heal();
  const healedAt = performance.now();
  await traffic.more(20, 'cache');
  const recoveredMs = performance.now() - healedAt;
  const { answers, bySource, wrong } = await traffic.stop();
  expect(wrong.slice(0, 5), fault.name).to.deep.equal([]);
  await eventually(() => expectEveryKey(system, redis), { timeoutMs: 30_000, everyMs: 200, what: 'every key as its rows are' });
  return `${fault.name}: ${during.all} answers and ${during.writes} writes meanwhile, `
    + `the view again ${Math.round(recoveredMs)} ms after it; ${answers} answers ${JSON.stringify(bySource)}, ${traffic.refused()} refused, ${wrong.length} wrong`;
}
