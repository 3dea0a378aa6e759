/**
 * A sliding window in two counters. A fixed window lets twice the limit through around its edge; here the window before
 * counts for as much as it still overlaps the last `windowMs`. A window begins with its first request, and a refused
 * request is not counted, so a client that waits as long as it is told is admitted.
 */
import { createBoundedMap } from '@inventory/runtime/bounded-map.ts';
import { keyScript } from '@inventory/runtime/redis/scripts.ts';

/** The counters of one key, and how much of its window is over. */
export interface Window {
  readonly admitted: boolean;
  /** Milliseconds since the window began. */
  readonly gone: number;
  readonly before: number;
  readonly current: number;
}

export interface Quota {
  readonly limit: number;
  readonly windowMs: number;
  /** What the request counts; 1 where it is left out. No request counts more than the limit: it could never be admitted. */
  readonly cost?: number;
  /** What of it is counted already; given back where the request is refused. */
  readonly paid?: number;
}

export interface Verdict {
  readonly admitted: boolean;
  /** What counts now, this request included; above the limit for a refused one. */
  readonly used: number;
  /** What is left, 0 or more. */
  readonly left: number;
  /** Admitted: ms until the window ends. Refused: ms until this request is admitted. */
  readonly waitMs: number;
}

/**
 * Counts one request. KEYS[1] is the key; ARGV: windowMs, limit, cost, paid. Returns admitted (1 or 0), gone, before,
 * current. It goes by the clock of Redis, which all processes share. A key of another type counts for nothing and is removed: its
 * error would fail the counts that are made together with it.
 */
export const countScript = keyScript(`
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local w, limit, cost, paid = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local known = redis.pcall('HMGET', KEYS[1], 'start', 'current', 'before')
if known.err then
  redis.call('DEL', KEYS[1])
  known = {}
end
local start, current, before = tonumber(known[1]), tonumber(known[2]), tonumber(known[3])
if not start or now < start or now - start >= 2 * w then
  start, current, before = now, 0, 0
elseif now - start >= w then
  start, current, before = start + w, 0, current
end
local gone = now - start
local admitted = math.floor(before * (w - gone) / w) + current + math.min(cost, limit) - paid <= limit
local now_current = admitted and current + math.min(cost, limit) - paid or math.max(0, current - paid)
if admitted or paid > 0 then
  redis.call('HSET', KEYS[1], 'start', start, 'current', now_current, 'before', before)
  redis.call('PEXPIRE', KEYS[1], 2 * w)
end
return {admitted and 1 or 0, gone, before, now_current}
`);

/** From the counters to what the client is told. */
export function verdictOf({ admitted, gone, before, current }: Window, { limit, windowMs, cost = 1 }: Quota): Verdict {
  const used = Math.floor((before * (windowMs - gone)) / windowMs) + current;
  const left = Math.max(0, limit - used);
  if (admitted) return { admitted, used, left, waitMs: windowMs - gone };
  /** What may count while there is room for this request, exclusive. */
  const room = limit - Math.min(cost, limit) + 1;
  const untilThere = current < room
    ? windowMs * (1 - (room - current) / before) - gone
    : windowMs - gone + windowMs * (1 - room / current);
  return { admitted, used: Math.max(used, limit) + 1, left, waitMs: Math.floor(untilThere) + 1 };
}

interface Counters { readonly start: number; readonly current: number; readonly before: number }

/**
 * The same in this process's memory, for at most so many keys: beyond them the first key is forgotten.
 * @param now a clock in milliseconds that never goes back
 */
export function createMemoryWindows(maxKeys: number, now: () => number) {
  const counters = createBoundedMap<string, Counters>(maxKeys);
  return {
    count: (key: string, { limit, windowMs, cost = 1, paid = 0 }: Quota): Window => {
      const at = now();
      let { start, current, before } = counters.get(key) ?? { start: at, current: 0, before: 0 };
      if (at - start >= 2 * windowMs) ({ start, current, before } = { start: at, current: 0, before: 0 });
      else if (at - start >= windowMs) ({ start, current, before } = { start: start + windowMs, current: 0, before: current });
      const gone = at - start;
      const more = Math.min(cost, limit) - paid;
      const admitted = Math.floor((before * (windowMs - gone)) / windowMs) + current + more <= limit;
      current = admitted ? current + more : Math.max(0, current - paid);
      if (admitted || paid > 0) counters.set(key, { start, current, before });
      return { admitted, gone, before, current };
    },
  };
}
