/**
 * V1 and V2: from the answer to a COMMIT until Redis has the new field. Redis tells it by keyspace notifications, so
 * that nothing has to poll. The writer commits as the api does: whatever is due is one transaction, the next one begins when
 * it is answered, and a hint follows. Against it a bare loop of the same four hops: NOTIFY, one read, one publish, one HSET.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { TEST_EPOCH } from '@inventory/db/testing/database.ts';
import { EVENTS_CHANNEL } from '@inventory/db/events.ts';
import { createNotifier, startListening } from '@inventory/db/listen.ts';
import { productKey, WATERMARK_KEY } from '@inventory/view/keys.ts';
import { Redis } from 'ioredis';
import { connect } from 'nats';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { appendStockEvents } from '@inventory/testkit/log/fixture.ts';
import { summarise } from '@inventory/testkit/figures/latency.ts';
import { atMost, row } from '../results/figures.ts';
import type { Latency } from '@inventory/testkit/figures/latency.ts';
import type { StockRow } from '../system/load.ts';
import type { Bench } from '../results/record.ts';
import { openSystem, stock } from '../system/system.ts';
import type { Effort, BenchSystem } from '../system/system.ts';

/** As many as the api puts into one transaction. */
const MAX_GROUP = 500;

interface Target { readonly id: string; readonly key: string }

/** Writes at a rate and tells how long each write took to be seen. `keyOf` names what appears in Redis. */
async function timeWrites(
  system: BenchSystem, targets: readonly Target[], { perSecond, warmupMs, durationMs }: {
    readonly perSecond: number; readonly warmupMs: number; readonly durationMs: number;
  },
): Promise<Latency> {
  const seen = new Redis(system.redis.url);
  await seen.config('SET', 'notify-keyspace-events', 'Kh');
  const committed = new Map<string, number>();
  const early = new Map<string, number>();
  const latencies: number[] = [];
  const begun = performance.now();
  await seen.psubscribe('__keyspace@0__:*');
  seen.on('pmessage', (_pattern: string, channel: string) => {
    const key = channel.slice('__keyspace@0__:'.length);
    const at = committed.get(key);
    const now = performance.now();
    if (at === undefined) {
      early.set(key, now);
      return;
    }
    committed.delete(key);
    if (at - begun > warmupMs) latencies.push(now - at);
  });
  const notifier = createNotifier({ url: system.databaseUrl, applicationName: 'bench', channel: EVENTS_CHANNEL });
  const end = begun + warmupMs + durationMs;
  for (let made = 0; performance.now() < end;) {
    const due = Math.floor(((performance.now() - begun) / 1000) * perSecond) + 1 - made;
    if (due <= 0) {
      await delay(Math.max(1, begun + (made / perSecond) * 1000 - performance.now()));
      continue;
    }
    const group = Array.from({ length: Math.min(due, MAX_GROUP, targets.length) }, (_, nth) =>
      targets[(made + nth) % targets.length]).filter((target) => target !== undefined);
    made += group.length;
    for (const { key } of group) early.delete(key);
    await appendStockEvents(system.pool, { stockIds: group.map(({ id }) => id) });
    const now = performance.now();
    notifier.notify();
    for (const { key } of group) {
      // It may be there before its COMMIT was answered here.
      if (!early.delete(key)) committed.set(key, now);
      else if (now - begun > warmupMs) latencies.push(0);
    }
  }
  await eventually(() => {
    if (committed.size > 0) throw new Error(`${committed.size} writes were never seen`);
  }, { timeoutMs: 10_000 });
  await notifier.stop();
  seen.disconnect();
  return summarise(latencies);
}

/** Our way: relay, stream, projector; each run on a system of its own. */
export async function ourWay(effort: Pick<Effort, 'runs' | 'warmupMs' | 'durationMs' | 'rows'>, perSecond: number): Promise<readonly Latency[]> {
  const runs: Latency[] = [];
  for (let nth = 0; nth < effort.runs; nth += 1) {
    const system = await openSystem();
    try {
      const rows = await stock(system, effort.rows);
      await Promise.all([system.start('relay'), system.start('projector')]);
      runs.push(await timeVisible(system, rows, { ...effort, perSecond }));
      await system.expectInvariants();
    } finally {
      await system.close();
    }
  }
  return runs;
}

/** Times writes to these rows on a system with relay and projector running, once all is quiet. */
export async function timeVisible(
  system: BenchSystem, rows: readonly (StockRow & { readonly id: string })[],
  load: { readonly perSecond: number; readonly warmupMs: number; readonly durationMs: number },
): Promise<Latency> {
  const redis = new Redis(system.redis.url);
  try {
    await eventually(async () => {
      for (const { productId } of [...rows.slice(0, 1), ...rows.slice(-1)]) {
        if (await redis.hexists(productKey(TEST_EPOCH, productId), '#full') !== 1) throw new Error('not rebuilt yet');
      }
      if (await redis.exists(WATERMARK_KEY) !== 1) throw new Error('not sealed yet');
    }, { timeoutMs: 120_000, what: 'a view' });
    // What the stream brings of what was before must not be taken for a write.
    await eventually(async () => {
      const { rows: [left] } = await system.pool.query<{ n: string }>('SELECT count(*) AS n FROM events_unpublished');
      if (Number(left?.n) > 0) throw new Error(`${left?.n} events are not published yet`);
    }, { timeoutMs: 120_000, what: 'an empty outbox' });
    await delay(1_000);
  } finally {
    redis.disconnect();
  }
  return timeWrites(system, rows.map(({ id, productId }) => ({ id, key: productKey(TEST_EPOCH, productId) })), load);
}

/** The bare loop: no leadership, no chain, no batches, no guards, no recovery. */
async function bareLoop(effort: Effort, perSecond: number): Promise<Latency> {
  const system = await openSystem();
  try {
    const rows = await stock(system, effort.rows);
    const nats = await connect({ servers: system.nats.url });
    const redis = new Redis(system.redis.url);
    const jsm = await nats.jetstreamManager();
    await jsm.streams.add({ name: 'BARE', subjects: ['bare.>'] });
    const js = nats.jetstream();
    const first = Number((await system.pool.query<{ n: string }>('SELECT max(position) AS n FROM events')).rows[0]?.n);
    let position = first;
    const taken = new Set<number>();
    let busy = false;
    let again = false;
    const pump = async (): Promise<void> => {
      if (busy) {
        again = true;
        return;
      }
      busy = true;
      do {
        again = false;
        // A position may turn up behind a later one, so each look goes back a little.
        const { rows: recent } = await system.pool.query<{ position: string; aggregate_id: string; payload: object }>(
          'SELECT position, aggregate_id, payload FROM events WHERE position > $1 ORDER BY position', [Math.max(first, position - 100)]);
        const found = recent.filter((event) => !taken.has(Number(event.position)));
        for (const event of found) taken.add(Number(event.position));
        position = Math.max(position, Number(recent.at(-1)?.position ?? 0));
        await Promise.all(found.map((event) => js.publish(`bare.${event.aggregate_id}`, JSON.stringify(event.payload))));
      } while (again);
      busy = false;
    };
    const subscription = nats.subscribe('bare.>', {
      callback: (_error, message) => { void redis.hset(message.subject, 'MAD-001', message.string()); },
    });
    const listener = startListening({
      url: system.databaseUrl, applicationName: 'bare', channel: EVENTS_CHANNEL, onState: () => undefined,
      onHint: () => { void pump(); },
    });
    await delay(500);
    const targets = rows.map(({ id, productId }) => ({ id, key: `bare.${productId}` }));
    const latency = await timeWrites(system, targets, { ...effort, perSecond });
    await listener.stop();
    subscription.unsubscribe();
    await nats.close();
    redis.disconnect();
    return latency;
  } finally {
    await system.close();
  }
}

export const latencyText = ({ count, p50, p95, p99, max }: Latency): string =>
  `${count} writes: p50 ${p50.toFixed(1)} ms, p95 ${p95.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, max ${max.toFixed(0)} ms`;

export async function measureVisible({ effort, measure }: Bench): Promise<void> {
  await measure('V1', async () => {
    const runs = await ourWay(effort, 200);
    const bare = await bareLoop(effort, 200);
    const also = runs.map((run) => latencyText(run)).at(-1) ?? '';
    return [
      row({ id: 'V1', what: 'commit to visible, 200 writes/s: p50', unit: 'ms', runs: runs.map(({ p50 }) => p50), goal: atMost(3, ' ms'), also }),
      row({ id: 'V1b', what: 'its p99', unit: 'ms', runs: runs.map(({ p99 }) => p99), goal: atMost(15, ' ms') }),
      row({
        id: 'V1c', what: 'its p50', unit: 'ms', runs: runs.map(({ p50 }) => p50), goal: atMost(2, ' ×'),
        against: { what: 'a bare NOTIFY, read, publish, HSET loop', value: bare.p50 },
      }),
    ];
  });
  await measure('V2', async () => {
    const runs = await ourWay(effort, 2_000);
    return [
      row({
        id: 'V2', what: 'commit to visible, 2 000 writes/s: p99', unit: 'ms', runs: runs.map(({ p99 }) => p99),
        goal: atMost(50, ' ms'), also: runs.map((run) => latencyText(run)).at(-1) ?? '',
      }),
      row({ id: 'V2b', what: 'its maximum', unit: 'ms', runs: runs.map(({ max }) => max), goal: atMost(1_000, ' ms') }),
    ];
  });
}
