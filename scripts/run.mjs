// @ts-check
/* `npm run types | lint | format | token | migrate | formats | customers | erasures | relay | projector | bench | profile | chaos | demo | screenshots | generate -- …` */
import { PROGRAM_NAMES, launch } from './lib/app/launch.mjs';
import { UsageProblem, runMain } from './lib/base/problem.mjs';

await runMain(() => {
  const [name, ...args] = process.argv.slice(2);
  if (name === undefined) throw new UsageProblem('Which program?', `One of ${PROGRAM_NAMES.join(', ')}.`);
  return launch(name, args);
});
