/**
 * S1 and S2: from the answer to a COMMIT until the bytes are at a viewer of the live feed, and what a thousand viewers cost an
 * api. Each viewer watches a store of two hundred rows, and every change is one that he sees. A few viewers are listened to; the
 * others only read, so that it is not the bench that is measured.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { EVENTS_CHANNEL } from '@inventory/db/events.ts';
import { createNotifier } from '@inventory/db/listen.ts';
import { createClient } from '@inventory/testkit/http/client.ts';
import { summarise } from '@inventory/testkit/figures/latency.ts';
import type { Latency } from '@inventory/testkit/figures/latency.ts';
import { openStream } from '@inventory/testkit/http/event-stream.ts';
import { appendStockEvents } from '@inventory/testkit/log/fixture.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { atMost, row } from '../results/figures.ts';
import type { Bench } from '../results/record.ts';
import { bytesHeld, INSPECTED } from '../system/heap.ts';
import { customers, openSystem, stock } from '../system/system.ts';
import type { BenchSystem, Effort } from '../system/system.ts';
import { readOn } from '../system/viewer.ts';
import { latencyText } from './visible.ts';

const STORE = 'MAD-001';
/** Over three stores. */
const ROWS = 600;
/** Viewers that are listened to. */
const HEARD = 10;
const EACH_USER = 5;
/** Of S1c. */
const CHANGES = 1000;
/** What a start leaves behind has been collected by then. */
const SETTLE_MS = 3000;

interface Watched {
  readonly latency: Latency;
  /** Of the api while changes came, in cores, and what it holds with its viewers and not without them, in KB for each. */
  readonly cores: number;
  readonly kilobytes: number;
}

/** One run on a system of its own. */
async function watchStore(
  { warmupMs, durationMs }: Pick<Effort, 'warmupMs' | 'durationMs'>, { viewers, perSecond }: { readonly viewers: number; readonly perSecond: number },
): Promise<Watched> {
  const system = await openSystem();
  const leaving: (() => void)[] = [];
  try {
    const rows = (await stock(system, ROWS)).filter(({ storeId }) => storeId === STORE);
    const [api, people] = await Promise.all([system.start('api', INSPECTED), customers(system, Math.ceil(viewers / EACH_USER))]);
    const path = `/stream?store_ids=${STORE}`;
    const url = `http://127.0.0.1:${api.port}/api/v1${path}`;
    // The first one of each kind compiles what all of them need.
    const first = await readOn(api.port, path, people[0]?.token ?? '');
    await delay(SETTLE_MS);
    first();
    /** When a version of a row was committed, by product. */
    const committed = new Map(rows.map(({ productId }): [string, number[]] => [productId, []]));
    const latencies: number[] = [];
    let measuredFrom = Infinity;
    const heard: Set<string>[] = [];
    const before = await bytesHeld(api);
    for (let nth = 0; nth < viewers; nth += 1) {
      const token = people[Math.floor(nth / EACH_USER)]?.token ?? '';
      leaving.push(nth < HEARD ? await listen(url, token) : await readOn(api.port, path, token));
    }
    await delay(SETTLE_MS);
    const grown = await bytesHeld(api) - before;
    const cores = await change(system, rows, { perSecond, warmupMs, durationMs, committed, begin: (at) => { measuredFrom = at; } });
    await eventually(() => {
      for (const seen of heard) {
        const missing = rows.filter(({ productId }) => !seen.has(`${productId} ${committed.get(productId)?.length ?? 0}`) && (committed.get(productId)?.length ?? 0) > 0);
        if (missing.length > 0) throw new Error(`${missing.length} rows are not what they should be at a viewer`);
      }
    }, { timeoutMs: 20_000 });
    await system.expectInvariants();
    return { latency: summarise(latencies), cores, kilobytes: grown / viewers / 1024 };

    async function listen(from: string, token: string): Promise<() => void> {
      const seen = new Set<string>();
      const upTo = new Map<string, number>();
      heard.push(seen);
      const stream = await openStream(from, {
        token,
        onFrame: ({ event, data, at }) => {
          if (event !== 'stock' || !Array.isArray(data['rows'])) return;
          for (const { product_id: product, version } of data['rows']) {
            // The first version is that of the receipt before all this.
            const [last, now] = [upTo.get(product) ?? 0, Number(version) - 1];
            for (let each = last; each < now; each += 1) {
              const since = committed.get(product)?.[each];
              // It may be here before its COMMIT was answered there.
              if (since === undefined || since >= measuredFrom) latencies.push(Math.max(0, at - (since ?? at)));
            }
            upTo.set(product, Math.max(last, now));
            seen.add(`${product} ${now}`);
          }
        },
      });
      if (stream.status !== 200) throw new Error(`a viewer was answered ${stream.status}`);
      return stream.close;
    }
  } finally {
    for (const leave of leaving) leave();
    await system.close();
  }
}

/** Changes the rows by turns at a rate. @returns the cores that the api has used behind the warm-up */
async function change(
  system: BenchSystem, rows: readonly { readonly id: string; readonly productId: string }[],
  { perSecond, warmupMs, durationMs, committed, begin }: {
    readonly perSecond: number; readonly warmupMs: number; readonly durationMs: number;
    readonly committed: ReadonlyMap<string, number[]>; readonly begin: (at: number) => void;
  },
): Promise<number> {
  const notifier = createNotifier({ url: system.databaseUrl, applicationName: 'bench', channel: EVENTS_CHANNEL });
  const begun = performance.now();
  let [cpu, measured] = [0, 0];
  for (let made = 0; performance.now() < begun + warmupMs + durationMs;) {
    if (measured === 0 && performance.now() >= begun + warmupMs) {
      measured = performance.now();
      cpu = system.cpuSeconds().api;
      begin(measured);
    }
    const due = Math.floor(((performance.now() - begun) / 1000) * perSecond) + 1 - made;
    if (due <= 0) {
      await delay(Math.max(1, begun + (made / perSecond) * 1000 - performance.now()));
      continue;
    }
    const group = rows.slice(made % rows.length, made % rows.length + due);
    made += group.length;
    await appendStockEvents(system.pool, { stockIds: group.map(({ id }) => id) });
    const now = performance.now();
    notifier.notify();
    for (const { productId } of group) committed.get(productId)?.push(now);
  }
  const cores = (system.cpuSeconds().api - cpu) / ((performance.now() - measured) / 1000);
  await notifier.stop();
  return cores;
}

/** How long behind the answer of its POST each of so many changes is at a viewer, one after the other. */
async function behindAnswers(changes: number): Promise<Latency> {
  const system = await openSystem();
  try {
    const rows = (await stock(system, ROWS)).filter(({ storeId }) => storeId === STORE);
    const api = await system.start('api');
    const token = await system.keys.token({ role: 'vendor', userId: 'bench-vendor', storeIds: [STORE], expiresIn: '12h' });
    const client = createClient(`http://127.0.0.1:${api.port}/api/v1`, token);
    const cameAt = new Map<string, number>();
    const stream = await openStream(`http://127.0.0.1:${api.port}/api/v1/stream?store_ids=${STORE}`, {
      token,
      onFrame: ({ event, data, at }) => {
        if (event !== 'stock' || !Array.isArray(data['rows'])) return;
        for (const { product_id: product, version } of data['rows']) cameAt.set(`${product} ${version}`, at);
      },
    });
    try {
      const latencies: number[] = [];
      for (let nth = 0; nth < changes; nth += 1) {
        const product = rows[nth % rows.length]?.productId ?? '';
        const { status, body } = await client.post('/stock', { product_id: product, store_id: STORE, quantity_change: 1, reason: 'RESTOCK' });
        const answeredAt = performance.now();
        if (status !== 200) throw new Error(`a change was answered ${status}`);
        const came = await eventually(() => {
          const at = cameAt.get(`${product} ${String(body['version'])}`);
          if (at === undefined) throw new Error('a change is not at the viewer');
          return at;
        }, { timeoutMs: 20_000, everyMs: 1 });
        latencies.push(Math.max(0, came - answeredAt));
      }
      return summarise(latencies);
    } finally {
      stream.close();
    }
  } finally {
    await system.close();
  }
}

export async function measureLive({ effort, measure }: Bench): Promise<void> {
  const repeated = async (load: { readonly viewers: number; readonly perSecond: number }): Promise<readonly Watched[]> => {
    const runs: Watched[] = [];
    for (let nth = 0; nth < effort.runs; nth += 1) runs.push(await watchStore(effort, load));
    return runs;
  };
  const told = (runs: readonly Watched[]): string => runs.map(({ latency, cores }) => `${latencyText(latency)}; ${cores.toFixed(2)} cores`).at(-1) ?? '';
  const answersToViewer = async () => {
    const latency = await behindAnswers(CHANGES);
    return row({
      id: 'S1c', what: `behind the answer of its POST a change is at a viewer, ${CHANGES} one after the other: p99`, unit: 'ms',
      runs: [latency.p99], goal: atMost(50, ' ms'), also: latencyText(latency),
    });
  };
  await measure('S1', async () => {
    const runs = await repeated({ viewers: 100, perSecond: 200 });
    return [
      row({ id: 'S1', what: 'commit to bytes at a viewer, 200 writes/s, 100 viewers: p50', unit: 'ms', runs: runs.map(({ latency }) => latency.p50), goal: atMost(6, ' ms'), also: told(runs) }),
      row({ id: 'S1b', what: 'its p99', unit: 'ms', runs: runs.map(({ latency }) => latency.p99), goal: atMost(30, ' ms') }),
      await answersToViewer(),
    ];
  });
  await measure('S2', async () => {
    const runs = await repeated({ viewers: 1000, perSecond: 50 });
    return [
      row({ id: 'S2', what: 'an api with 1 000 viewers of 200 rows, 50 changes/s', unit: 'cores', runs: runs.map(({ cores }) => cores), goal: atMost(0.35, ' cores'), also: told(runs) }),
      row({ id: 'S2b', what: 'its memory for each viewer', unit: 'KB', runs: runs.map(({ kilobytes }) => kilobytes), goal: atMost(25, ' KB') }),
      row({ id: 'S2c', what: 'commit to bytes at a viewer meanwhile: p99', unit: 'ms', runs: runs.map(({ latency }) => latency.p99), goal: atMost(250, ' ms') }),
    ];
  });
}
