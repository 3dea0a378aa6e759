import { latencyText, ourWay } from '@inventory/bench/rows/visible.ts';

describe('commit to visible', function () {
  this.timeout(300_000);

  // What it should be, and against what, is npm run bench's; this is the whole minute that the design speaks of.
  for (const perSecond of [200, 2_000]) {
    it(`at ${perSecond} writes a second over a minute, printed`, async () => {
      const runs = await ourWay({ runs: 1, warmupMs: 5_000, durationMs: 60_000, rows: 5_000 }, perSecond);
      for (const latency of runs) process.stdout.write(`      ${perSecond}/s: ${latencyText(latency)}\n`);
    });
  }
});
