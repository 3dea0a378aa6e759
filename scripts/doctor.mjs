// @ts-check
/* `npm run doctor`: says what `npm start` would do on this machine, and changes nothing. */
import { parseArguments } from './lib/base/arguments.mjs';
import { DOCTOR_HELP, examine } from './lib/app/examine.mjs';
import { createOutput } from './lib/base/output.mjs';
import { runMain } from './lib/base/problem.mjs';

await runMain(async () => {
  const { values } = parseArguments({
    args: process.argv.slice(2), options: { help: { type: 'boolean', short: 'h' } },
  }, 'npm run doctor -- --help');
  const output = createOutput();
  if (values.help !== true) return examine(output);
  output.say(DOCTOR_HELP);
  return 0;
});
