/**
 * Counts requests in Redis, where all processes see them, or in this process's memory while Redis is away or hangs. It
 * never throws, and no request waits for longer than one time-out: limits are never off (docs/traps.md, 20). A breaker
 * tries Redis again once a second, so it comes back by itself.
 */
import type { Logger } from '@inventory/runtime/log.ts';
import type { Metrics } from '@inventory/runtime/metrics.ts';
import { createPolicy } from '@inventory/runtime/policies.ts';
import { runScript } from '@inventory/runtime/redis/scripts.ts';
import type { Redis } from '@inventory/runtime/redis/link.ts';
import { countScript, createMemoryWindows, verdictOf } from './window.ts';
import type { Quota, Verdict, Window } from './window.ts';

const MAX_KEYS_IN_MEMORY = 50_000;

interface CounterDeps {
  readonly redis: Redis;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** How long Redis may take, in ms; 200 where it is left out. */
  readonly timeoutMs?: number;
}

/** Counts one request under a key, or the rest of what one costs. */
export type Count = (key: string, quota: Quota) => Promise<Verdict>;

export function createCounter({ redis, log, metrics, timeoutMs = 200 }: CounterDeps): Count {
  const policy = createPolicy({
    name: 'redis-limits', timeoutMs, breaker: { failures: 3, resetMs: 1000 }, isFailure: () => true, log, metrics,
  });
  const memory = createMemoryWindows(MAX_KEYS_IN_MEMORY, () => performance.now());
  return async (key, quota) => {
    try {
      return verdictOf(await policy.execute(() => countInRedis(redis, key, quota)), quota);
    } catch {
      // The policy counts and logs the error.
      return verdictOf(memory.count(key, quota), quota);
    }
  };
}

async function countInRedis(redis: Redis, key: string, { limit, windowMs, cost = 1, paid = 0 }: Quota): Promise<Window> {
  const answer = await runScript(redis, countScript, { keys: [key], args: [windowMs, limit, cost, paid] });
  if (!Array.isArray(answer)) throw new Error('Redis did not answer with counters');
  const [admitted, gone, before, current] = answer.map(Number);
  if (gone === undefined || before === undefined || current === undefined) throw new Error('Redis left counters out');
  return { admitted: admitted === 1, gone, before, current };
}
