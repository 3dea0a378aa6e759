// @ts-check
/*
 * `npm run reset`: forgets the data of `npm start`, after a question. Keys, tools, dependencies and fetched servers stay.
 */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArguments } from './lib/base/arguments.mjs';
import { cloneWord, forgetVolumes, keptVolumes } from './lib/containers/container.mjs';
import { confirm } from './lib/base/confirm.mjs';
import { createOutput } from './lib/base/output.mjs';
import { tryLock } from './lib/process/lock.mjs';
import { paths } from './lib/base/paths.mjs';
import { placeFor, serverUser } from './lib/servers/postgres.mjs';
import { Problem, runMain } from './lib/base/problem.mjs';

const HELP = `Usage: npm run reset [-- OPTIONS]

Removes the data, the logs and the tokens that \`npm start\` keeps in this clone, for good. Keys, tools, dependencies and
fetched servers stay. It lists what it would remove and asks; while \`npm start\` runs it refuses.

  --yes    remove it without a question; needed where there is no terminal
  --help

Exit code: 0 removed, or nothing was there; 1 failed, or the answer was no; 2 typed wrongly, and nothing was removed.`;

await runMain(async () => {
  const { values } = parseArguments({
    args: process.argv.slice(2),
    options: { yes: { type: 'boolean', short: 'y' }, help: { type: 'boolean', short: 'h' } },
  }, 'npm run reset -- --help');
  const output = createOutput();
  if (values.help === true) {
    output.say(HELP);
    return 0;
  }
  const lock = tryLock(paths.startLock);
  if (!('release' in lock)) {
    const { pid } = lock.owner;
    throw new Problem(`\`npm start\` runs in this clone (process ${pid}).`, `Stop it first: kill ${pid}`);
  }
  try {
    const elsewhere = placeFor(join(paths.data, 'postgres'), serverUser());
    const targets = [...new Set([elsewhere, paths.data, paths.logs, paths.env])].filter((path) => existsSync(path));
    const volumes = await keptVolumes(cloneWord(paths.data));
    const all = [...targets, ...volumes.map((name) => `the Docker volume ${name}`)];
    if (all.length === 0) {
      output.say('Nothing to forget: `npm start` has left no data here.');
      return 0;
    }
    if (values.yes !== true) {
      output.say(`This removes, for good:\n${all.map((what) => `  ${what}`).join('\n')}`);
      if (!(await confirm('Remove it?', 'npm run reset -- --yes'))) {
        output.say('Nothing was removed.');
        return 1;
      }
    }
    for (const path of targets) rmSync(path, { recursive: true, force: true });
    await forgetVolumes(volumes);
    for (const what of all) output.say(`Removed ${what}`);
    return 0;
  } finally {
    lock.release();
  }
});
