import { expect } from 'chai';
import { median } from '@inventory/bench/figures.ts';
import { memoryOf } from '@inventory/bench/cost.ts';
import { customers, generate, openStage, stock } from '@inventory/bench/system.ts';
import type { Stage } from '@inventory/bench/system.ts';
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
  let stage: Stage;
  before(async () => { stage = await openStage(); });
  after(() => stage.close());

  it('leave the memory of each process flat', async () => {
    const rows = await stock(stage, 2_000);
    const people = await customers(stage);
    const [api, relay, projector] = await Promise.all([stage.start('api'), stage.start('relay'), stage.start('projector')]);
    const token = await stage.keys.token({ role: 'customer', userId: 'soak', expiresIn: '1h' });
    const parts = { api, relay, projector };
    /** MB of each process, by the minute. */
    const minutes: Record<keyof typeof parts, number[]>[] = [];
    const begun = performance.now();
    const sampling = setInterval(() => {
      const of = (minutes[Math.floor((performance.now() - begun) / 60_000)] ??= { api: [], relay: [], projector: [] });
      of.api.push(memoryOf(api.pid));
      of.relay.push(memoryOf(relay.pid));
      of.projector.push(memoryOf(projector.pid));
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
    await expectInvariants(stage.pool);
  });
});
