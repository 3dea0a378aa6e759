import { expect } from 'chai';
import { noChaos, possibleKinds } from './main.ts';
import { brokenToday } from './options.ts';
import { kindOf, kinds } from './plan/kinds.ts';
import { drawPlan, planText } from './plan/plan.ts';
import { failuresOf, reportText } from './report.ts';
import { runPlan } from './run.ts';
import { headCommit, seedsOf } from './seeds.ts';

const impossible = noChaos();
const skipped = impossible === '' ? '' : ` (skipped: ${impossible})`;

const MINUTES = 10;
const RUNS = 3;

const tell = (line: string): void => { console.log(`      ${line.replaceAll('\n', '\n      ')}`); };

(impossible === '' ? describe : describe.skip)(`ten minutes of chaos${skipped}`, function () {
  // A run that meets trouble takes longer than its plan.
  this.timeout(2 * MINUTES * 60_000);
  const commit = headCommit();
  const chosen = possibleKinds(kinds.map(({ name }) => name).filter((name) => !brokenToday.includes(name)));

  before(() => {
    tell(`seeds of commit ${commit}`);
    for (const name of brokenToday) tell(`left out: ${name}, because ${kindOf(name).brokenToday ?? ''}`);
    for (const reason of chosen.skipped) tell(reason);
  });

  for (const seed of seedsOf(commit, RUNS)) {
    it(`breaks no promise, by the seed ${seed}`, async () => {
      const plan = drawPlan({ seed, durationMs: MINUTES * 60_000, kinds: chosen.kinds });
      tell(planText(plan));
      const result = await runPlan({ plan, tell });
      const report = reportText(result, `npm run chaos -- --seed ${seed} --minutes ${MINUTES} --without broken`);
      tell(report);
      expect(failuresOf(result), report).to.deep.equal([]);
    });
  }
});
