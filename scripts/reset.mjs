// @ts-check
/* `npm run reset`: forgets the data of `npm start`. Keys, tools, dependencies and fetched servers stay. */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cloneWord, forgetVolumes } from './lib/containers/container.mjs';
import { createOutput } from './lib/base/output.mjs';
import { tryLock } from './lib/process/lock.mjs';
import { paths } from './lib/base/paths.mjs';
import { placeFor, serverUser } from './lib/servers/postgres.mjs';
import { Problem, runMain } from './lib/base/problem.mjs';

await runMain(async () => {
  const output = createOutput();
  const lock = tryLock(paths.startLock);
  if (!('release' in lock)) {
    const { pid } = lock.owner;
    throw new Problem(`\`npm start\` runs in this clone (process ${pid}).`, `Stop it first: kill ${pid}`);
  }
  try {
    const elsewhere = placeFor(join(paths.data, 'postgres'), serverUser());
    const targets = [...new Set([elsewhere, paths.data, paths.logs, paths.env])].filter((path) => existsSync(path));
    for (const path of targets) {
      rmSync(path, { recursive: true, force: true });
      output.say(`Removed ${path}`);
    }
    const volumes = await forgetVolumes(cloneWord(paths.data));
    for (const name of volumes) output.say(`Removed the Docker volume ${name}`);
    if (targets.length + volumes.length === 0) output.say('Nothing to forget: `npm start` has left no data here.');
    return 0;
  } finally {
    lock.release();
  }
});
