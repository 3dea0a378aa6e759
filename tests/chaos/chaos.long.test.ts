import { expect } from 'chai';
import { noChaos, possibleKinds } from './main.ts';
import { kinds } from './plan/kinds.ts';
import { drawPlan, planText, sharesOf } from './plan/plan.ts';
import { failuresOf, reportText } from './report.ts';
import { runPlan } from './run.ts';
import { headCommit, seedsOf } from './seeds.ts';

const impossible = noChaos();
const skipped = impossible === '' ? '' : ` (skipped: ${impossible})`;

const MINUTES = 10;
const RUNS = 3;
/** Each kind comes so many times in all of them together, which may take longer than their minutes. */
const LEAST = 5;

const tell = (line: string): void => { console.log(`      ${line.replaceAll('\n', '\n      ')}`); };

(impossible === '' ? describe : describe.skip)(`ten minutes of chaos${skipped}`, function () {
  // A run that meets trouble, or other work on the machine, takes longer than its plan [31 minutes at a load of 25 on 2 cores].
  this.timeout(4 * MINUTES * 60_000);
  const commit = headCommit();
  const chosen = possibleKinds(kinds.map(({ name }) => name));

  before(() => {
    tell(`seeds of commit ${commit}`);
    for (const reason of chosen.skipped) tell(reason);
  });

  const shares = sharesOf(LEAST, RUNS);
  for (const [nth, seed] of seedsOf(commit, RUNS).entries()) {
    const each = shares[nth] ?? 0;
    it(`breaks no promise, by the seed ${seed}`, async () => {
      const plan = drawPlan({ seed, durationMs: MINUTES * 60_000, kinds: chosen.kinds, each });
      tell(planText(plan));
      const result = await runPlan({ plan, tell });
      const report = reportText(result, `npm run chaos -- --seed ${seed} --minutes ${MINUTES} --each ${each}`);
      tell(report);
      expect(failuresOf(result), report).to.deep.equal([]);
    });
  }
});
