// @ts-check
/* Packages from npm into a folder, without running any of their scripts. */
import { existsSync } from 'node:fs';
import { capture, lastLines } from '../process/command.mjs';
import { makeFolder } from '../base/paths.mjs';
import { Problem } from '../base/problem.mjs';

const FLAGS = ['--no-save', '--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error',
  '--fetch-retry-maxtimeout=10000'];

/**
 * The npm that started us when it was npm; pnpm and yarn set the same variable.
 * @returns {[command: string, ...args: string[]]}
 */
function npmCommand() {
  const running = process.env['npm_execpath'] ?? '';
  if (/npm-cli\.c?js$/.test(running) && existsSync(running)) return [process.execPath, running];
  return [process.platform === 'win32' ? 'npm.cmd' : 'npm'];
}

/**
 * Fetches packages into a folder's node_modules without running any of their scripts.
 * @param {string} folder
 * @param {readonly string[]} specs
 * @param {NodeJS.ProcessEnv} env
 */
export async function npmFetch(folder, specs, env) {
  makeFolder(folder);
  const [command, ...before] = npmCommand();
  const args = [...before, 'install', '--prefix', folder, ...FLAGS, ...specs];
  const outcome = await capture(command, args, { cwd: folder, env }).catch((cause) => {
    const advice = 'Install npm (it comes with Node) and run this command again.';
    throw new Problem('npm is not on the PATH.', advice, { cause });
  });
  if (outcome.code === 0) return;
  throw new Problem(
    `npm could not fetch ${specs.join(' ')}:\n${lastLines(outcome.output)}`,
    'Is the npm registry reachable? Once fetched, later runs work offline.',
  );
}
