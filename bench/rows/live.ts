/**
 * S1 and S2: from the answer to a COMMIT until the bytes are at a viewer of the live feed, and what a thousand viewers cost an
 * api. Each viewer watches a store of two hundred rows, and every change is one that he sees. A few viewers are listened to; the
 * others only read, so that it is not the bench that is measured.
 */
import { request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { EVENTS_CHANNEL } from '@inventory/db/events.ts';
import { createNotifier } from '@inventory/db/listen.ts';
import { summarise } from '@inventory/testkit/figures/latency.ts';
import type { Latency } from '@inventory/testkit/figures/latency.ts';
import { openStream } from '@inventory/testkit/http/event-stream.ts';
import { appendStockEvents } from '@inventory/testkit/log/fixture.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { residentBytes } from '../../scripts/lib/process/proc.mjs';
import { atMost, row } from '../results/figures.ts';
import type { Bench } from '../results/record.ts';
import { customers, openSystem, stock } from '../system/system.ts';
import type { BenchSystem, Effort } from '../system/system.ts';
import { latencyText } from './visible.ts';

const STORE = 'MAD-001';
/** Over three stores. */
const ROWS = 600;
/** Viewers that are listened to. */
const HEARD = 10;
const EACH_USER = 5;
/** What a start leaves behind has been collected by then. */
const SETTLE_MS = 3000;

interface Watched {
  readonly latency: Latency;
  /** Of the api while changes came, in cores, and what it has grown by with its viewers, in KB for each. */
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
    const [api, people] = await Promise.all([system.start('api'), customers(system, Math.ceil(viewers / EACH_USER))]);
    const url = `http://127.0.0.1:${api.port}/api/v1/stream?store_ids=${STORE}`;
    /** When a version of a row was committed, by product. */
    const committed = new Map(rows.map(({ productId }): [string, number[]] => [productId, []]));
    const latencies: number[] = [];
    let measuredFrom = Infinity;
    const heard: Set<string>[] = [];
    const before = residentBytes(api.pid) ?? 0;
    for (let nth = 0; nth < viewers; nth += 1) {
      const token = people[Math.floor(nth / EACH_USER)]?.token ?? '';
      leaving.push(nth < HEARD ? await listen(url, token) : await readOn(url, token));
    }
    await delay(SETTLE_MS);
    const grown = (residentBytes(api.pid) ?? 0) - before;
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

/** A viewer that reads and looks at nothing. */
function readOn(url: string, token: string): Promise<() => void> {
  return new Promise((resolve, reject) => {
    const req = request(url, { agent: false, headers: { accept: 'text/event-stream', authorization: `Bearer ${token}` } });
    req.once('response', (res) => {
      res.on('error', () => undefined);
      res.resume();
      if (res.statusCode === 200) resolve(() => { req.destroy(); });
      else reject(new Error(`a viewer was answered ${res.statusCode}`));
    });
    req.on('error', reject);
    req.end();
  });
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

export async function measureLive({ effort, measure }: Bench): Promise<void> {
  const repeated = async (load: { readonly viewers: number; readonly perSecond: number }): Promise<readonly Watched[]> => {
    const runs: Watched[] = [];
    for (let nth = 0; nth < effort.runs; nth += 1) runs.push(await watchStore(effort, load));
    return runs;
  };
  const told = (runs: readonly Watched[]): string => runs.map(({ latency, cores }) => `${latencyText(latency)}; ${cores.toFixed(2)} cores`).at(-1) ?? '';
  await measure('S1', async () => {
    const runs = await repeated({ viewers: 100, perSecond: 200 });
    return [
      row({ id: 'S1', what: 'commit to bytes at a viewer, 200 writes/s, 100 viewers: p50', unit: 'ms', runs: runs.map(({ latency }) => latency.p50), goal: atMost(6, ' ms'), also: told(runs) }),
      row({ id: 'S1b', what: 'its p99', unit: 'ms', runs: runs.map(({ latency }) => latency.p99), goal: atMost(30, ' ms') }),
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
