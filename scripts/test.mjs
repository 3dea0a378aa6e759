// @ts-check
/* `npm test`: see scripts/lib/test/options.mjs for its options. */
import { readTestOptions, TEST_HELP } from './lib/test/options.mjs';
import { ensureDependencies } from './lib/install/dependencies.mjs';
import { createOutput } from './lib/base/output.mjs';
import { runMain } from './lib/base/problem.mjs';
import { runTests } from './lib/test/run.mjs';
import { ensureTools } from './lib/install/tools.mjs';

await runMain(async () => {
  const options = readTestOptions(process.argv.slice(2));
  const output = createOutput();
  if (options.help) {
    output.say(TEST_HELP);
    return 0;
  }
  const tools = await ensureTools(output);
  await ensureDependencies(tools, output);
  return runTests(tools, options, output);
});
