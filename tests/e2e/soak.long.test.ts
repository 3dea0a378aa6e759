import { expect } from 'chai';
import { residentBytes } from '../../scripts/lib/process/proc.mjs';
import { median } from '@inventory/testkit/figures/latency.ts';
import { customers, generate, openSystem, stock } from '@inventory/bench/system/system.ts';
import type { BenchSystem } from '@inventory/bench/system/system.ts';
import { expectInvariants } from '@inventory/testkit/invariants/invariants.ts';

const MINUTES = 10;
const SAMPLE_MS = 1_000;
/** A heap fills up to its usual size in the beginning; what comes later is growth. */
const SETTLED_AFTER_MINUTES = 4;
const FLAT = 1.1;
/** Of each kind, a second: steady, and far below the peak. */
const PER_SECOND = 300;

describe('ten minutes of reservations and reads', function () {
  this.timeout((MINUTES + 3) * 60_000);
  let system: BenchSystem;
  before(async () => { system = await openSystem(); });
  after(() => system.close());

  it('leave the memory of each process flat', async () => {
    const rows = await stock(system, 2_000);
    const people = await customers(system);
    const [api, relay, projector] = await Promise.all([system.start('api'), system.start('relay'), system.start('projector')]);
    const token = await system.keys.token({ role: 'customer', userId: 'soak', expiresIn: '1h' });
    const parts = { api, relay, projector };
    /** MB of each process, by the minute. */
    const minutes: Record<keyof typeof parts, number[]>[] = [];
    const begun = performance.now();
    const sampling = setInterval(() => {
      const of = (minutes[Math.floor((performance.now() - begun) / 60_000)] ??= { api: [], relay: [], projector: [] });
      of.api.push(residentBytes(api.pid) / 1e6);
      of.relay.push(residentBytes(relay.pid) / 1e6);
      of.projector.push(residentBytes(projector.pid) / 1e6);
    }, SAMPLE_MS);
    const steady = { port: api.port, connections: 32, rate: PER_SECOND, warmupMs: 10_000, durationMs: MINUTES * 60_000 - 10_000 };
    const loads = await Promise.all([
      generate({ ...steady, requests: { kind: 'reserve', rows, customers: people } }),
      generate({ ...steady, requests: { kind: 'availability', products: rows.map(({ productId }) => productId), token } }),
    ]);
    clearInterval(sampling);

    const whole = minutes.slice(0, MINUTES);
    for (const part of ['api', 'relay', 'projector'] as const) {
      const each = whole.map((samples) => median(samples[part]));
      process.stdout.write(`      ${part.padEnd(9)} MB by the minute: ${each.map((mb) => mb.toFixed(0)).join(' ')}, `
        + `at most ${Math.max(...whole.flatMap((samples) => samples[part])).toFixed(0)}\n`);
    }
    for (const { statuses, latency } of loads) {
      process.stdout.write(`      ${JSON.stringify(statuses)}, p50 ${latency.p50.toFixed(1)}, p99 ${latency.p99.toFixed(1)}, `
        + `max ${latency.max.toFixed(0)} ms\n`);
    }
    expect(loads.map(({ statuses }) => Object.keys(statuses)), 'statuses').to.deep.equal([['201'], ['200']]);
    for (const part of ['api', 'relay', 'projector'] as const) {
      const settled = whole.slice(SETTLED_AFTER_MINUTES).map((samples) => median(samples[part]));
      const half = Math.floor(settled.length / 2);
      expect(median(settled.slice(-half)), `${part}: MB in the end`).to.be.below(FLAT * median(settled.slice(0, half)));
    }
    await expectInvariants(system.pool);
  });
});
