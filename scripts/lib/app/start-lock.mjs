// @ts-check
/* One `npm start` in a clone at a time, and nothing left of one that was killed. */
import { setTimeout as wait } from 'node:timers/promises';
import { tryLock } from '../process/lock.mjs';
import { paths } from '../base/paths.mjs';
import { isAlive } from '../process/identity.mjs';
import { Problem } from '../base/problem.mjs';

const LAST_BREATH_MS = 8000;

/**
 * Allows one `npm start` in a clone. After a kill -9 of the one before, what it had started ends by itself within moments
 * (guard.mjs). This waits for that, and ends what still runs then if it is certain to be the same process.
 * @param {import('../base/output.mjs').Output} output
 * @returns {Promise<import('../process/lock.mjs').Lock>}
 */
export async function holdStartLock(output) {
  const lock = tryLock(paths.startLock);
  if (!('release' in lock)) {
    throw new Problem(
      `\`npm start\` runs in this clone already (process ${lock.owner.pid}).`,
      `Stop it with Ctrl-C in its terminal, or: kill ${lock.owner.pid}`,
    );
  }
  const left = (lock.predecessor?.children ?? []).filter(isAlive);
  if (left.length === 0) return lock;
  output.say('The run before was killed; waiting for what it had started to end …');
  const deadline = Date.now() + LAST_BREATH_MS;
  while (left.some(isAlive) && Date.now() < deadline) await wait(100);
  for (const child of left.filter(isAlive)) {
    output.warn(`Process ${child.pid} of that run did not end by itself: killed.`);
    process.kill(child.pid, 'SIGKILL');
  }
  return lock;
}
