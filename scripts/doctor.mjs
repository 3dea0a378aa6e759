// @ts-check
/* `npm run doctor`: says what `npm start` would do on this machine, and changes nothing. */
import { DOCTOR_HELP, examine } from './lib/app/examine.mjs';
import { createOutput } from './lib/base/output.mjs';
import { runMain } from './lib/base/problem.mjs';

await runMain(async () => {
  const output = createOutput();
  if (process.argv.length > 2) {
    output.say(DOCTOR_HELP);
    return process.argv.slice(2).every((word) => word === '--help' || word === '-h') ? 0 : 2;
  }
  return examine(output);
});
