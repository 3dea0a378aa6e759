/**
 * Counts requests in Redis, where all processes see them, or in this process's memory while Redis is away or hangs. It
 * never throws, and no request waits for longer than one time-out: limits are never off (docs/traps.md, 20). A breaker
 * tries Redis again once a second, so it comes back by itself.
 */
import type { Logger } from '@inventory/runtime/log.ts';
import type { Metrics } from '@inventory/runtime/metrics.ts';
import { createPolicy } from '@inventory/runtime/policies.ts';
import { runForKeysNow } from '@inventory/runtime/redis/scripts.ts';
import { sendNow } from '@inventory/runtime/redis/link.ts';
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
  const ask = countTogether((asked) => {
    const counted = policy.execute(() => countInRedis(redis, asked));
    sendNow(redis);
    return counted;
  });
  return async (key, quota) => {
    try {
      return verdictOf(await ask({ key, quota }), quota);
    } catch {
      // The policy counts and logs the error.
      return verdictOf(memory.count(key, quota), quota);
    }
  };
}

interface Asked { readonly key: string; readonly quota: Quota }

/**
 * The counts of one turn of the event loop, made together: at a peak some requests arrive in each, and most of what a count costs
 * is that it is a command. A single one waits for nothing but the end of its turn.
 */
function countTogether(count: (asked: readonly Asked[]) => Promise<readonly Window[]>): (asked: Asked) => Promise<Window> {
  let asked: Asked[] = [];
  let answers: Promise<readonly Window[]> | undefined;
  return async (one) => {
    answers ??= new Promise((resolve) => { setImmediate(resolve); }).then(() => {
      const all = asked;
      [asked, answers] = [[], undefined];
      return count(all);
    });
    const nth = asked.push(one) - 1;
    const window = (await answers)[nth];
    if (window === undefined) throw new Error('Redis left a count out');
    return window;
  };
}

async function countInRedis(redis: Redis, asked: readonly Asked[]): Promise<readonly Window[]> {
  const answers = await runForKeysNow(redis, countScript, asked.map(({ key, quota: { limit, windowMs, cost = 1, paid = 0 } }) => (
    { key, args: [windowMs, limit, cost, paid] })));
  return answers.map(windowIn);
}

function windowIn(answer: unknown): Window {
  if (!Array.isArray(answer)) throw new Error('Redis did not answer with counters');
  const [admitted, gone, before, current] = answer.map(Number);
  if (gone === undefined || before === undefined || current === undefined) throw new Error('Redis left counters out');
  return { admitted: admitted === 1, gone, before, current };
}
