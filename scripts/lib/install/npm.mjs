// @ts-check
/*
 * Packages from npm into a folder, without running any of their scripts. npm gets a lockfile with the hashes of hashes.mjs,
 * and refuses bytes of another hash, whatever the registry says about them.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lastLines } from '../process/command.mjs';
import { fetching, registryAdvice } from './fetching.mjs';
import { makeFolder } from '../base/paths.mjs';
import { Problem } from '../base/problem.mjs';
import { lockOf } from './hashes.mjs';

const FLAGS = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', '--fetch-retry-maxtimeout=10000'];

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
 * Fetches packages into a folder's node_modules, in place of what was there, without running any of their scripts.
 * @param {string} folder
 * @param {readonly string[]} specs
 * @param {NodeJS.ProcessEnv} env
 * @param {import('./fetching.mjs').Fetching} [options]
 * @throws {Problem} when npm cannot have them, or what it gets has another hash
 */
export async function npmFetch(folder, specs, env, options = {}) {
  const { manifest, lock } = lockOf(specs);
  makeFolder(folder);
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
  writeFileSync(join(folder, 'package-lock.json'), `${JSON.stringify(lock, undefined, 2)}\n`);
  const [command, ...before] = npmCommand();
  const args = [...before, 'ci', '--prefix', folder, ...FLAGS];
  const outcome = await fetching(command, args, { cwd: folder, env }, options).catch((cause) => {
    const advice = 'Install npm (it comes with Node) and run this command again.';
    throw new Problem('npm is not on the PATH.', advice, { cause });
  });
  if (outcome.code === 0) return;
  const forged = outcome.output.includes('EINTEGRITY');
  throw new Problem(
    `npm could not fetch ${specs.join(' ')}:\n${lastLines(outcome.output)}`,
    forged
      ? 'What the registry sent is not what the repository has the hash of (scripts/lib/install/hashes.mjs). Nothing of it was run.'
      : registryAdvice(outcome.stalled),
  );
}
