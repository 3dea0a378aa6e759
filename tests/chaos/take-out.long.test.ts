import { expect } from 'chai';
import { noChaos } from './main.ts';
import type { KindName } from './plan/kinds.ts';
import { drawPlan } from './plan/plan.ts';
import { findingsOf, reportText } from './report.ts';
import { runPlan } from './run.ts';
import { isProtection, protections } from './world/take-out.ts';
import type { Protection } from './world/take-out.ts';

const impossible = noChaos();
const skipped = impossible === '' ? '' : ` (skipped: ${impossible})`;

/** What brings it to light, and which promises it breaks, of which at least one must show. */
const CAUGHT: Readonly<Record<Protection, { readonly faults: readonly KindName[]; readonly breaks: readonly string[] }>> = {
  'version-guard': { faults: ['nats-restart', 'lost-replies', 'link-half-open'], breaks: ['reads'] },
  'mark-after-ack': { faults: ['nats-route', 'nats-freeze', 'zombie-relay'], breaks: ['I7', 'I9', 'all clear'] },
  'chain': { faults: ['zombie-relay'], breaks: ['I8', 'I9', 'I10'] },
  'no-standby': { faults: ['hot-standby'], breaks: ['reads'] },
  'identity': { faults: ['promote'], breaks: ['reads', 'feed'] },
};
const SEED = 1;
const SECONDS = 60;

(impossible === '' ? describe : describe.skip)(`chaos catches a build${skipped}`, function () {
  this.timeout(600_000);

  for (const name of Object.keys(protections).filter(isProtection)) {
    it(`in which ${protections[name].about}`, async () => {
      const { faults, breaks } = CAUGHT[name];
      const plan = drawPlan({ seed: SEED, durationMs: SECONDS * 1_000, kinds: faults });
      const result = await runPlan({ plan, takenOut: name, tell: (line) => { console.log(`      ${line}`); } });
      const broken = new Set<string>(findingsOf(result).map(({ promise }) => promise));
      expect([...broken].filter((promise) => breaks.includes(promise)), reportText(result, '')).to.not.deep.equal([]);
    });
  }
});
