/** What Express costs by itself: the measure of what a request may cost. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { readStat } from '../../scripts/lib/process/proc.mjs';
import type { Latency } from '@inventory/testkit/figures/latency.ts';
import type { LoadSpec } from './load.ts';
import { generate } from './system.ts';
import type { Effort } from './system.ts';

interface ExpressAlone {
  readonly perSecond: number;
  readonly latency: Latency;
  /** Microseconds of processor time for one answer, at its peak. */
  readonly cpuMicros: number;
}

/** Loads an Express that answers a constant (constant.ts), in a process of its own. @param rate a second, or as many as it takes */
export async function loadExpress(
  { warmupMs, durationMs }: Pick<Effort, 'warmupMs' | 'durationMs'>, connections: number, rate: LoadSpec['rate'] = 'closed',
): Promise<ExpressAlone> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'constant.ts')], { stdio: ['ignore', 'pipe', 'inherit'] });
  const cpuSeconds = (): number => (child.pid === undefined ? undefined : readStat(child.pid))?.cpuSeconds ?? NaN;
  try {
    const [port] = await once(createInterface({ input: child.stdout }), 'line');
    const load = (ms: number) => generate({
      port: Number(port), connections, rate, warmupMs: 0, durationMs: ms, requests: { kind: 'get', path: '/constant' },
    });
    await load(warmupMs);
    const before = cpuSeconds();
    const { perSecond, statuses, latency } = await load(durationMs);
    const answers = Object.values(statuses).reduce((sum, n) => sum + n, 0);
    return { perSecond, latency, cpuMicros: ((cpuSeconds() - before) * 1e6) / answers };
  } finally {
    child.kill();
  }
}
