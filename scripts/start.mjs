// @ts-check
/* `npm start`: the whole system from nothing, and `npm run dev`, the same with processes that follow their files. */
import { ensureDependencies } from './lib/install/dependencies.mjs';
import { createOutput } from './lib/base/output.mjs';
import { runMain } from './lib/base/problem.mjs';
import { DEV_HELP, readDevOptions, readStartOptions, START_HELP } from './lib/app/start-options.mjs';
import { holdStartLock } from './lib/app/start-lock.mjs';
import { runSystem } from './lib/app/system.mjs';
import { ensureTools } from './lib/install/tools.mjs';

await runMain(async () => {
  const [first, ...rest] = process.argv.slice(2);
  const dev = first === 'dev';
  const options = dev ? readDevOptions(rest) : readStartOptions(process.argv.slice(2));
  const output = createOutput();
  if (options.help) {
    output.say(dev ? DEV_HELP : START_HELP);
    return 0;
  }
  const lock = await holdStartLock(output);
  try {
    const tools = await ensureTools(output);
    await ensureDependencies(tools, output);
    return await runSystem(tools, options, lock, output);
  } finally {
    lock.release();
  }
});
// A start that is still under way must not hold up the end; guard.mjs ends what is left.
process.exit();
